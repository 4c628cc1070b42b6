package dev.caviar.cli.view;

import dev.caviar.proto.v1.SweepUpdate;

/** Shows a sweep while it runs. */
public sealed interface Display extends AutoCloseable permits LiveDisplay, PlainView {
  /** Called after each update, with the progress's monitor held. */
  void updated(SweepUpdate update);

  /** Tells the user something that is no update. */
  void note(String text);

  /** Ends the display and leaves the terminal as it was. May be called twice. */
  @Override
  void close();
}
