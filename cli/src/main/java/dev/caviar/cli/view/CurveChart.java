package dev.caviar.cli.view;

import dev.caviar.proto.v1.CurvePoint;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Curves of a few trials over their epochs. Each curve ends at its trial's number, so that they can
 * be told apart without colours.
 */
final class CurveChart {
  private static final Style[] STYLES = {
    Style.GREEN, Style.CYAN, Style.YELLOW, Style.MAGENTA, Style.BLUE
  };

  /** No more curves than there are styles for. */
  static final int MOST = STYLES.length;

  /** With fewer lines nothing can be seen: a title, four lines of curves, two of the axis. */
  static final int LEAST_HEIGHT = 7;

  private static final int LABEL = ValueAxis.LABEL;

  private final List<TrialProgress> trials;
  private final String metric;
  private final boolean colors;
  private final int width;
  private final int plotRows;
  private final int lastEpoch;
  private final ValueAxis axis;

  /**
   * A chart.
   *
   * @param trials best first; those past the fifth are left out
   * @param epochs the right end of the axis, at least 1
   */
  CurveChart(
      List<TrialProgress> trials,
      String metric,
      int epochs,
      int width,
      int height,
      boolean colors) {
    this.trials = trials.stream().filter(t -> !values(t, metric).isEmpty()).limit(MOST).toList();
    this.metric = metric;
    this.colors = colors;
    this.width = width;
    this.plotRows = height - 3;
    int last = 1;
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    for (TrialProgress trial : this.trials) {
      last = Math.max(last, trial.points().getLast().getEpoch());
      for (CurvePoint point : values(trial, metric)) {
        least = Math.min(least, TrialProgress.value(point, metric));
        most = Math.max(most, TrialProgress.value(point, metric));
      }
    }
    lastEpoch = Math.max(last, epochs);
    axis = ValueAxis.over(least, most);
  }

  private static List<CurvePoint> values(TrialProgress trial, String metric) {
    return trial.points().stream()
        .filter(point -> Double.isFinite(TrialProgress.value(point, metric)))
        .toList();
  }

  boolean isEmpty() {
    return trials.isEmpty();
  }

  List<String> render() {
    // The frame's two characters, a blank and the trial's number to the right of the curves.
    int plotColumns = Math.max(4, width - LABEL - 2 - 6);
    var canvas = new BrailleCanvas(plotColumns, plotRows);
    var ends = new End[plotRows];
    // The best last: where curves cross it is the one to be seen.
    for (int i = trials.size() - 1; i >= 0; i--) {
      drawCurve(trials.get(i), STYLES[i], canvas);
    }
    for (int i = 0; i < trials.size(); i++) {
      place(trials.get(i), STYLES[i], canvas, ends);
    }
    List<String> lines = new ArrayList<>();
    lines.add(title());
    for (int row = 0; row < plotRows; row++) {
      lines.add(plotLine(row, canvas, ends[row]));
    }
    lines.add(new Line(width, colors).to(LABEL + 1).add("└" + "─".repeat(plotColumns)).toString());
    lines.add(epochLine(plotColumns));
    return lines;
  }

  private String title() {
    String count = trials.size() == 1 ? "best trial" : "best " + trials.size() + " trials";
    return new Line(width, colors)
        .add(metric, Style.BOLD)
        .add(" of the " + count + (axis.log() ? " (log scale)" : ""), Style.DIM)
        .toString();
  }

  private String plotLine(int row, BrailleCanvas canvas, @Nullable End end) {
    var line = new Line(width, colors);
    axis.begin(line, row, plotRows);
    canvas.drawRow(row, line);
    if (end != null) {
      line.add(" ").add(Integer.toString(end.trial), end.style);
    }
    return line.toString();
  }

  private String epochLine(int plotColumns) {
    String last = Integer.toString(lastEpoch);
    String middle = plotColumns > 24 ? "epoch" : "";
    var line = new Line(width, colors).to(LABEL + 2).add("1");
    line.to(LABEL + 2 + (plotColumns - middle.length()) / 2).add(middle, Style.DIM);
    return line.to(LABEL + 2 + plotColumns - last.length()).add(last).toString();
  }

  private void drawCurve(TrialProgress trial, Style style, BrailleCanvas canvas) {
    int[] previous = {};
    for (CurvePoint point : values(trial, metric)) {
      int[] dot = {x(point, canvas), y(TrialProgress.value(point, metric), canvas)};
      int[] from = previous.length == 0 ? dot : previous;
      canvas.line(from[0], from[1], dot[0], dot[1], style);
      previous = dot;
    }
  }

  /** Puts the trial's number on the row its curve ends on, or on the nearest that is free. */
  private void place(TrialProgress trial, Style style, BrailleCanvas canvas, End[] ends) {
    CurvePoint last = values(trial, metric).getLast();
    int wanted = y(TrialProgress.value(last, metric), canvas) / 4;
    int nearest = -1;
    for (int row = 0; row < ends.length; row++) {
      boolean nearer = nearest < 0 || Math.abs(row - wanted) < Math.abs(nearest - wanted);
      if (ends[row] == null && nearer) {
        nearest = row;
      }
    }
    if (nearest >= 0) {
      ends[nearest] = new End(trial.number(), style);
    }
  }

  private int x(CurvePoint point, BrailleCanvas canvas) {
    double share = lastEpoch == 1 ? 0 : (point.getEpoch() - 1.0) / (lastEpoch - 1);
    return (int) Math.round(share * (canvas.dotColumns() - 1));
  }

  private int y(double value, BrailleCanvas canvas) {
    return axis.dot(value, canvas.dotRows());
  }

  /** What stands to the right of a row. */
  private record End(int trial, Style style) {}
}
