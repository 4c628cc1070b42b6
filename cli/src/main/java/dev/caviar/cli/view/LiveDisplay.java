package dev.caviar.cli.view;

import dev.caviar.proto.v1.SweepUpdate;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** Shows {@link LiveView} on a {@link FullScreen}. */
public final class LiveDisplay implements Display {
  private final SweepProgress progress;
  private final InstantSource clock;
  private final boolean colors;
  private final FullScreen screen;
  private volatile String note = "";

  @SuppressWarnings(
      "this-escape") // The screen asks for its picture once this has all that it shows.
  private LiveDisplay(SweepProgress progress, InstantSource clock, boolean colors)
      throws IOException {
    this.progress = progress;
    this.clock = clock;
    this.colors = colors;
    this.screen = FullScreen.open(FullScreen.terminal(), this::lines);
  }

  /**
   * Takes over the terminal of this process.
   *
   * @throws IOException if there is none that can show a live view
   */
  public static LiveDisplay start(SweepProgress progress, InstantSource clock, boolean colors)
      throws IOException {
    return new LiveDisplay(progress, clock, colors);
  }

  private List<String> lines(int width, int height) {
    String said = note;
    int free = said.isEmpty() ? height : height - 1;
    List<String> lines;
    synchronized (progress) {
      lines = new ArrayList<>(LiveView.render(progress, width, free, clock.instant(), colors));
    }
    if (!said.isEmpty()) {
      lines.add(new Line(width, colors).add(said, Style.YELLOW).toString());
    }
    return lines;
  }

  @Override
  public void updated(SweepUpdate update) {
    screen.changed();
  }

  @Override
  public void note(String text) {
    note = text;
    screen.changed();
  }

  @Override
  public void close() {
    screen.close();
  }
}
