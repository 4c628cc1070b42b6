package dev.caviar.cli.view;

import java.io.IOException;
import java.util.function.Consumer;
import org.jline.utils.NonBlockingReader;

/** Tells the keys that are typed on a terminal, until it is closed. */
final class KeyReader implements Runnable {
  private static final int ESCAPE = 0x1b;

  /** A terminal sends what follows an escape of its own at once; a user's finger does not. */
  private static final long SEQUENCE_MILLIS = 50;

  private static final long WAIT_MILLIS = 1000;

  private final NonBlockingReader reader;
  private final Consumer<Key> onKey;

  KeyReader(NonBlockingReader reader, Consumer<Key> onKey) {
    this.reader = reader;
    this.onKey = onKey;
  }

  @Override
  public void run() {
    try {
      // A read without a limit would hold the lock that closing the terminal needs.
      int character = reader.read(WAIT_MILLIS);
      while (character != NonBlockingReader.EOF) {
        if (character != NonBlockingReader.READ_EXPIRED) {
          take(character);
        }
        character = reader.read(WAIT_MILLIS);
      }
    } catch (IOException e) {
      // The terminal is closed: nothing more is typed.
    }
  }

  private void take(int character) throws IOException {
    switch (character) {
      case '\r', '\n' -> onKey.accept(Key.Special.ENTER);
      case 0x08, 0x7f -> onKey.accept(Key.Special.BACKSPACE);
      case ESCAPE -> escape();
      default -> {
        if (Character.isHighSurrogate((char) character)) {
          int low = reader.read(SEQUENCE_MILLIS);
          onKey.accept(new Key.Typed(Character.toCodePoint((char) character, (char) low)));
        } else if (character >= ' ') {
          onKey.accept(new Key.Typed(character));
        }
      }
    }
  }

  /** The escape key; what arrows and function keys send is passed over. */
  private void escape() throws IOException {
    int next = reader.read(SEQUENCE_MILLIS);
    if (next < 0) {
      onKey.accept(Key.Special.ESCAPE);
    } else if (next == 'O') {
      reader.read(SEQUENCE_MILLIS);
    } else if (next == '[') {
      int part = reader.read(SEQUENCE_MILLIS);
      while (part >= ' ' && part < '@') {
        part = reader.read(SEQUENCE_MILLIS);
      }
    }
  }
}
