package dev.caviar.cli.view;

import dev.caviar.proto.v1.CurvePoint;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Curves over epochs. Each curve ends at its label, so that they can be told apart without colours.
 */
public final class CurveChart {
  private static final Style[] STYLES = {
    Style.GREEN, Style.CYAN, Style.YELLOW, Style.MAGENTA, Style.BLUE
  };

  /** No more curves than there are styles for. */
  static final int MOST = STYLES.length;

  /** With fewer lines nothing can be seen: a title, four lines of curves, two of the axis. */
  public static final int LEAST_HEIGHT = 7;

  private static final int LABEL = ValueAxis.LABEL;

  /** A blank and a curve's label, to the right of the curves. */
  private static final int ENDS = 6;

  /**
   * One curve.
   *
   * @param label at most five characters
   * @param dots in the order of their epochs, all finite
   */
  public record Curve(String label, Style style, List<Dot> dots) {}

  /** A value at an epoch. */
  public record Dot(double epoch, double value) {}

  /** Something that happened at an epoch, in a few characters. */
  public record Mark(double epoch, String label) {}

  /**
   * What is drawn beside the curves.
   *
   * @param title what is drawn
   * @param note more of it, in a fainter style
   * @param marks in the order of their epochs; with any the chart has a line more below it
   * @param first the epoch at the left end of the axis
   * @param last the one at its right end, not before the first
   */
  public record Frame(String title, String note, List<Mark> marks, double first, double last) {}

  private final List<Curve> curves;
  private final Frame frame;
  private final boolean colors;
  private final int width;
  private final int plotRows;
  private final ValueAxis axis;

  /**
   * A chart.
   *
   * @param curves the one to be seen best first; those without dots are left out
   * @param height at least {@link #LEAST_HEIGHT}, and one more with marks
   */
  public CurveChart(List<Curve> curves, Frame frame, int width, int height, boolean colors) {
    this.curves = curves.stream().filter(curve -> !curve.dots().isEmpty()).toList();
    this.frame = frame;
    this.colors = colors;
    this.width = width;
    this.plotRows = height - 3 - (frame.marks().isEmpty() ? 0 : 1);
    this.axis = valueAxis(this.curves);
  }

  private static ValueAxis valueAxis(List<Curve> curves) {
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    for (Curve curve : curves) {
      for (Dot dot : curve.dots()) {
        least = Math.min(least, dot.value());
        most = Math.max(most, dot.value());
      }
    }
    return ValueAxis.over(least, most);
  }

  /**
   * The curves of a few trials.
   *
   * @param trials best first; those past the fifth are left out
   * @param epochs the right end of the axis, at least 1
   */
  static CurveChart ofTrials(
      List<TrialProgress> trials,
      String metric,
      int epochs,
      int width,
      int height,
      boolean colors) {
    List<TrialProgress> shown =
        trials.stream().filter(trial -> !dots(trial, metric).isEmpty()).limit(MOST).toList();
    int last =
        shown.stream().mapToInt(trial -> trial.points().getLast().getEpoch()).max().orElse(1);
    List<Curve> curves =
        IntStream.range(0, shown.size())
            .mapToObj(
                i ->
                    new Curve(
                        Integer.toString(shown.get(i).number()),
                        STYLES[i],
                        dots(shown.get(i), metric)))
            .toList();
    String count = shown.size() == 1 ? "best trial" : "best " + shown.size() + " trials";
    return new CurveChart(
        curves,
        new Frame(metric, "of the " + count, List.of(), 1, Math.max(last, epochs)),
        width,
        height,
        colors);
  }

  private static List<Dot> dots(TrialProgress trial, String metric) {
    return dots(trial.points(), metric);
  }

  /** A metric of a curve's points, those left out where it is not a number. */
  public static List<Dot> dots(List<CurvePoint> points, String metric) {
    return points.stream()
        .map(point -> new Dot(point.getEpoch(), TrialProgress.value(point, metric)))
        .filter(dot -> Double.isFinite(dot.value()))
        .toList();
  }

  /** Whether there is nothing to see. */
  public boolean isEmpty() {
    return curves.isEmpty();
  }

  /** The lines, as many as the height that was asked for. */
  public List<String> render() {
    int plotColumns = plotColumns(width);
    var canvas = new BrailleCanvas(plotColumns, plotRows);
    var ends = new Curve[plotRows];
    frame.marks().forEach(mark -> drawMark(mark, canvas));
    // The best last: where curves cross it is the one to be seen.
    for (Curve curve : curves.reversed()) {
      draw(curve, axis, canvas);
    }
    for (Curve curve : curves) {
      place(curve, canvas, ends);
    }
    List<String> lines = new ArrayList<>();
    lines.add(title());
    for (int row = 0; row < plotRows; row++) {
      lines.add(plotLine(row, canvas, ends[row]));
    }
    lines.add(new Line(width, colors).to(LABEL + 1).add("└" + "─".repeat(plotColumns)).toString());
    if (!frame.marks().isEmpty()) {
      lines.add(markLine(canvas));
    }
    lines.add(epochLine(plotColumns));
    return lines;
  }

  /**
   * A curve of few lines below a chart of the same width and frame, on a logarithmic scale.
   *
   * @param curve of values above 0
   * @return as many lines as there are rows; none for a curve without dots
   */
  public static List<String> strip(Curve curve, Frame frame, int width, int rows, boolean colors) {
    if (curve.dots().isEmpty()) {
      return List.of();
    }
    ValueAxis axis =
        ValueAxis.logarithmic(
            curve.dots().stream().mapToDouble(Dot::value).min().orElseThrow(),
            curve.dots().stream().mapToDouble(Dot::value).max().orElseThrow());
    var canvas = new BrailleCanvas(plotColumns(width), rows);
    draw(curve, frame, axis, canvas);
    List<String> lines = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      var line = new Line(width, colors);
      axis.begin(line, row, rows);
      canvas.drawRow(row, line);
      if (row == rows / 2) {
        line.add(" ").add(curve.label(), curve.style());
      }
      lines.add(line.toString());
    }
    return lines;
  }

  /** The frame's two characters, a blank and a label to the right of the curves. */
  private static int plotColumns(int width) {
    return Math.max(4, width - LABEL - 2 - ENDS);
  }

  private String title() {
    return new Line(width, colors)
        .add(frame.title(), Style.BOLD)
        .add(" " + frame.note() + (axis.log() ? " (log scale)" : ""), Style.DIM)
        .toString();
  }

  private String plotLine(int row, BrailleCanvas canvas, @Nullable Curve end) {
    var line = new Line(width, colors);
    axis.begin(line, row, plotRows);
    canvas.drawRow(row, line);
    if (end != null) {
      line.add(" ").add(end.label(), end.style());
    }
    return line.toString();
  }

  /**
   * Each label below its place, as far as there is room; of those that stand too close the first.
   */
  private String markLine(BrailleCanvas canvas) {
    var line = new Line(width, colors);
    int free = 0;
    for (Mark mark : frame.marks()) {
      int column = LABEL + 2 + x(mark.epoch(), frame, canvas) / 2;
      if (column >= free) {
        line.to(column).add(mark.label(), Style.YELLOW);
        free = line.width() + 1;
      }
    }
    return line.toString();
  }

  private String epochLine(int plotColumns) {
    String first = Long.toString(Math.round(frame.first()));
    String last = Long.toString(Math.round(frame.last()));
    String middle = plotColumns > 24 ? "epoch" : "";
    var line = new Line(width, colors).to(LABEL + 2).add(first);
    line.to(LABEL + 2 + (plotColumns - middle.length()) / 2).add(middle, Style.DIM);
    return line.to(LABEL + 2 + plotColumns - last.length()).add(last).toString();
  }

  private void draw(Curve curve, ValueAxis axis, BrailleCanvas canvas) {
    draw(curve, frame, axis, canvas);
  }

  private static void draw(Curve curve, Frame frame, ValueAxis axis, BrailleCanvas canvas) {
    int[] previous = {};
    for (Dot dot : curve.dots()) {
      int[] to = {x(dot.epoch(), frame, canvas), axis.dot(dot.value(), canvas.dotRows())};
      int[] from = previous.length == 0 ? to : previous;
      canvas.line(from[0], from[1], to[0], to[1], curve.style());
      previous = to;
    }
  }

  private void drawMark(Mark mark, BrailleCanvas canvas) {
    int x = x(mark.epoch(), frame, canvas);
    for (int y = 1; y < canvas.dotRows(); y += 3) {
      canvas.dot(x, y, Style.DIM);
    }
  }

  /** Puts the label on the row that its curve ends on, or on the nearest that is free. */
  private void place(Curve curve, BrailleCanvas canvas, @Nullable Curve[] ends) {
    int wanted = axis.dot(curve.dots().getLast().value(), canvas.dotRows()) / 4;
    int nearest = -1;
    for (int row = 0; row < ends.length; row++) {
      boolean nearer = nearest < 0 || Math.abs(row - wanted) < Math.abs(nearest - wanted);
      if (ends[row] == null && nearer) {
        nearest = row;
      }
    }
    if (nearest >= 0) {
      ends[nearest] = curve;
    }
  }

  private static int x(double epoch, Frame frame, BrailleCanvas canvas) {
    double span = frame.last() - frame.first();
    double share = span <= 0 ? 0 : (epoch - frame.first()) / span;
    return (int) Math.round(share * (canvas.dotColumns() - 1));
  }
}
