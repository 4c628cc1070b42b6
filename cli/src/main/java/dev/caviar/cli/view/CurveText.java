package dev.caviar.cli.view;

import java.util.List;

/** Curves as text that stays, for the end of a sweep. */
public final class CurveText {
  private static final int HEIGHT = 14;

  private CurveText() {}

  /**
   * The curves of the best few trials, the best trial's among them.
   *
   * @return no lines if no trial has a point yet
   */
  public static List<String> lines(SweepProgress progress, int width, boolean colors) {
    var chart =
        CurveChart.ofTrials(
            progress.ranked(),
            progress.metric(),
            progress.status().getEpochs(),
            width,
            HEIGHT,
            colors);
    return chart.isEmpty() ? List.of() : chart.render();
  }
}
