package dev.caviar.cli.view;

import dev.caviar.proto.v1.SweepUpdate;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/**
 * Draws {@link LiveView} on the terminal's alternate screen, ten times a second at most, so that
 * the user's scrollback is untouched and a resized window is drawn right at the next frame.
 *
 * <p>The terminal is restored by {@link #close}, and by a shutdown hook when the JVM ends without
 * it.
 */
public final class LiveDisplay implements Display {
  private static final Duration FRAME = Duration.ofMillis(100);

  /** Without updates the time still passes. */
  private static final int IDLE_FRAMES = 10;

  private static final String ENTER = "\u001b[?1049h\u001b[?25l\u001b[2J";
  private static final String LEAVE = "\u001b[0m\u001b[?25h\u001b[?1049l";

  /** Terminals that know it show a frame only when it is whole; others ignore it. */
  private static final String BEGIN_FRAME = "\u001b[?2026h\u001b[H";

  private static final String END_FRAME = "\u001b[J\u001b[?2026l";

  private final SweepProgress progress;
  private final Terminal terminal;
  private final PrintWriter out;
  private final InstantSource clock;
  private final boolean colors;
  private final Attributes before;
  private final Thread hook = new Thread(this::restore, "restore-terminal");
  private final ScheduledExecutorService frames =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("live-view").factory());
  private volatile boolean changed = true;
  private volatile String note = "";
  private int idle;
  private boolean closed;

  private LiveDisplay(
      SweepProgress progress, Terminal terminal, InstantSource clock, boolean colors) {
    this.progress = progress;
    this.terminal = terminal;
    this.out = terminal.writer();
    this.clock = clock;
    this.colors = colors;
    before = silenceKeys(terminal);
  }

  /**
   * Takes over the terminal of this process.
   *
   * @throws IOException if there is none that can show a live view
   */
  public static LiveDisplay start(SweepProgress progress, InstantSource clock, boolean colors)
      throws IOException {
    Terminal terminal = TerminalBuilder.builder().name("caviar").system(true).dumb(false).build();
    return start(progress, terminal, clock, colors);
  }

  static LiveDisplay start(
      SweepProgress progress, Terminal terminal, InstantSource clock, boolean colors) {
    var display = new LiveDisplay(progress, terminal, clock, colors);
    Runtime.getRuntime().addShutdownHook(display.hook);
    display.out.write(ENTER);
    var _ =
        display.frames.scheduleWithFixedDelay(
            display::frame, 0, FRAME.toMillis(), TimeUnit.MILLISECONDS);
    return display;
  }

  /** Keys typed meanwhile would be drawn over; signals by keys go on working. */
  private static Attributes silenceKeys(Terminal terminal) {
    Attributes before = terminal.getAttributes();
    Attributes silent = new Attributes(before);
    silent.setLocalFlag(Attributes.LocalFlag.ECHO, false);
    terminal.setAttributes(silent);
    return before;
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
    String said = note;
    int free = said.isEmpty() ? height : height - 1;
    List<String> lines;
    synchronized (progress) {
      lines = new ArrayList<>(LiveView.render(progress, width, free, clock.instant(), colors));
    }
    if (!said.isEmpty()) {
      lines.add(new Line(width, colors).add(said, Style.YELLOW).toString());
    }
    draw(lines);
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

  @Override
  public void updated(SweepUpdate update) {
    changed = true;
  }

  @Override
  public void note(String text) {
    note = text;
    changed = true;
  }

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
