package dev.caviar.cli.view;

import java.util.ArrayList;
import java.util.List;

/**
 * What is expected of a metric over one parameter: the mean as a line, a standard deviation to
 * either side as dotted ones.
 */
public final class MarginalChart {
  private static final int HEIGHT = 14;
  private static final int LABEL = ValueAxis.LABEL;

  /** Every so many columns of dots the dotted lines have one. */
  private static final int DOTTED = 3;

  private MarginalChart() {}

  /**
   * One point of the curve.
   *
   * @param x 0 at the left end of the axis, 1 at the right
   */
  public record Value(double x, double mean, double deviation) {
    double lower() {
      return mean - deviation;
    }

    double upper() {
      return mean + deviation;
    }
  }

  /**
   * The chart.
   *
   * @param title what is drawn, in words
   * @param values at least one, x rising
   * @param ticks what to write below the axis, evenly apart from its left end to its right; at
   *     least one
   */
  public static List<String> lines(
      String title, List<Value> values, List<String> ticks, int width, boolean colors) {
    int rows = HEIGHT - 3;
    int columns = Math.max(4, width - LABEL - 4);
    var canvas = new BrailleCanvas(columns, rows);
    ValueAxis axis = axis(values);
    for (int dot = 0; dot < canvas.dotColumns(); dot += DOTTED) {
      Value at = at(values, (double) dot / (canvas.dotColumns() - 1));
      canvas.dot(dot, axis.dot(at.lower(), canvas.dotRows()), Style.DIM);
      canvas.dot(dot, axis.dot(at.upper(), canvas.dotRows()), Style.DIM);
    }
    for (int i = 0; i < values.size(); i++) {
      Value from = values.get(Math.max(0, i - 1));
      Value to = values.get(i);
      canvas.line(
          x(from, canvas),
          axis.dot(from.mean(), canvas.dotRows()),
          x(to, canvas),
          axis.dot(to.mean(), canvas.dotRows()),
          Style.GREEN);
    }
    List<String> lines = new ArrayList<>();
    lines.add(new Line(width, colors).add(title, Style.BOLD).toString());
    for (int row = 0; row < rows; row++) {
      var line = new Line(width, colors);
      axis.begin(line, row, rows);
      canvas.drawRow(row, line);
      lines.add(line.toString());
    }
    lines.add(new Line(width, colors).to(LABEL + 1).add("└" + "─".repeat(columns)).toString());
    lines.add(ticks(ticks, columns, width, colors));
    return lines;
  }

  private static ValueAxis axis(List<Value> values) {
    double least = values.stream().mapToDouble(Value::lower).min().orElseThrow();
    double most = values.stream().mapToDouble(Value::upper).max().orElseThrow();
    double smallest = values.stream().mapToDouble(Value::mean).min().orElseThrow();
    // An error below 0 is a deviation's arithmetic; there is nothing to see there.
    return ValueAxis.over(smallest >= 0 ? Math.max(least, 0) : least, most);
  }

  /** The curve between its points. */
  private static Value at(List<Value> values, double x) {
    int right = 0;
    while (right < values.size() - 1 && values.get(right).x() < x) {
      right++;
    }
    Value to = values.get(right);
    Value from = values.get(Math.max(0, right - 1));
    double share = to.x() == from.x() ? 1 : Math.clamp((x - from.x()) / (to.x() - from.x()), 0, 1);
    return new Value(
        x,
        from.mean() + share * (to.mean() - from.mean()),
        from.deviation() + share * (to.deviation() - from.deviation()));
  }

  private static int x(Value value, BrailleCanvas canvas) {
    return (int) Math.round(value.x() * (canvas.dotColumns() - 1));
  }

  private static String ticks(List<String> ticks, int columns, int width, boolean colors) {
    var line = new Line(width, colors);
    for (int i = 0; i < ticks.size(); i++) {
      String tick = ticks.get(i);
      double share = ticks.size() == 1 ? 0 : (double) i / (ticks.size() - 1);
      int middle = LABEL + 2 + (int) Math.round(share * (columns - 1));
      int start = Math.clamp(middle - Texts.width(tick) / 2, LABEL + 2, width - Texts.width(tick));
      line.to(start).add(tick);
    }
    return line.toString();
  }
}
