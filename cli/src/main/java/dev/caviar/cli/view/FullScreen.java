package dev.caviar.cli.view;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/**
 * The terminal's alternate screen, drawn ten times a second at most, so that the user's scrollback
 * is untouched and a resized window is drawn right at the next frame.
 *
 * <p>The terminal is restored by {@link #close}, and by a shutdown hook when the JVM ends without
 * it.
 */
public final class FullScreen implements AutoCloseable {
  private static final Duration FRAME = Duration.ofMillis(100);

  /** Without changes the time still passes. */
  private static final int IDLE_FRAMES = 10;

  private static final String ENTER = "\u001b[?1049h\u001b[?25l\u001b[2J";
  private static final String LEAVE = "\u001b[0m\u001b[?25h\u001b[?1049l";

  /** Terminals that know it show a frame only when it is whole; others ignore it. */
  private static final String BEGIN_FRAME = "\u001b[?2026h\u001b[H";

  private static final String END_FRAME = "\u001b[J\u001b[?2026l";

  /** What is on the screen. */
  public interface Picture {
    /** At most {@code height} lines, each at most {@code width} columns wide. */
    List<String> lines(int width, int height);
  }

  private final Picture picture;
  private final Terminal terminal;
  private final PrintWriter out;
  private final Attributes before;
  private final Thread hook = new Thread(this::restore, "restore-terminal");
  private final ScheduledExecutorService frames =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("live-view").factory());
  private volatile boolean changed = true;
  private int idle;
  private boolean closed;

  private FullScreen(Terminal terminal, Picture picture, Attributes before) {
    this.picture = picture;
    this.terminal = terminal;
    this.out = terminal.writer();
    this.before = before;
  }

  /**
   * The terminal of this process.
   *
   * @throws IOException if there is none that can be drawn on
   */
  public static Terminal terminal() throws IOException {
    return TerminalBuilder.builder().name("caviar").system(true).dumb(false).build();
  }

  /** Takes over the terminal. Keys typed meanwhile would be drawn over; they are not shown. */
  public static FullScreen open(Terminal terminal, Picture picture) {
    Attributes before = terminal.getAttributes();
    Attributes silent = new Attributes(before);
    silent.setLocalFlag(Attributes.LocalFlag.ECHO, false);
    terminal.setAttributes(silent);
    return new FullScreen(terminal, picture, before).begin();
  }

  /**
   * Likewise, and tells each key that is typed, after which it is drawn anew. Signals by keys, such
   * as Ctrl-C, go on working.
   *
   * @param onKey called from one thread
   */
  public static FullScreen open(Terminal terminal, Picture picture, Consumer<Key> onKey) {
    FullScreen screen = new FullScreen(terminal, picture, terminal.enterRawMode()).begin();
    Consumer<Key> drawn = onKey.andThen(key -> screen.changed());
    Thread.ofPlatform().daemon().name("keys").start(new KeyReader(terminal.reader(), drawn));
    return screen;
  }

  private FullScreen begin() {
    Runtime.getRuntime().addShutdownHook(hook);
    out.write(ENTER);
    var _ = frames.scheduleWithFixedDelay(this::frame, 0, FRAME.toMillis(), TimeUnit.MILLISECONDS);
    return this;
  }

  /** The picture is not what it was. */
  public void changed() {
    changed = true;
  }

  private void frame() {
    idle++;
    if (!changed && idle < IDLE_FRAMES) {
      return;
    }
    changed = false;
    idle = 0;
    Size size = terminal.getSize();
    int width = size.getColumns() > 0 ? size.getColumns() : 80;
    int height = size.getRows() > 0 ? size.getRows() : 24;
    draw(picture.lines(width, height));
  }

  private synchronized void draw(List<String> lines) {
    if (closed) {
      return;
    }
    // Each line is drawn over the old one and then cleared to its end: nothing ever blinks.
    var frame = new StringBuilder(BEGIN_FRAME);
    for (int i = 0; i < lines.size(); i++) {
      frame.append(i == 0 ? "" : "\r\n").append(lines.get(i)).append("\u001b[K");
    }
    out.write(frame.append(END_FRAME).toString());
    out.flush();
  }

  /** Leaves the terminal as it was. May be called twice. */
  @Override
  public void close() {
    frames.shutdownNow();
    restore();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is ending: the hook runs, and finds nothing left to do.
    }
  }

  private synchronized void restore() {
    if (closed) {
      return;
    }
    closed = true;
    out.write(LEAVE);
    out.flush();
    terminal.setAttributes(before);
    try {
      terminal.close();
    } catch (IOException e) {
      // It is restored already; there is nobody to tell but the terminal itself.
    }
  }
}
