package dev.caviar.cli.view;

/** What a user typed on a {@link FullScreen}. */
public sealed interface Key {
  /** A character that can be printed. */
  record Typed(int codePoint) implements Key {}

  /** Keys that print nothing. Those that are not here are not told. */
  enum Special implements Key {
    ENTER,
    ESCAPE,
    BACKSPACE
  }
}
