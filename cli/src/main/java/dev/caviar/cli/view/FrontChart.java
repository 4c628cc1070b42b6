package dev.caviar.cli.view;

import java.util.ArrayList;
import java.util.List;

/** Trials by two objectives: those of the front, and all others dimmed. */
public final class FrontChart {
  private static final int HEIGHT = 12;
  private static final int LABEL = ValueAxis.LABEL;

  private FrontChart() {}

  /** A trial by its objectives. */
  public record Place(double x, double y, boolean onFront) {}

  /**
   * The chart.
   *
   * @param title what is drawn, in words
   * @param places at least one, all numbers finite
   */
  public static List<String> lines(String title, List<Place> places, int width, boolean colors) {
    int columns = Math.max(4, width - LABEL - 4);
    var canvas = new BrailleCanvas(columns, HEIGHT);
    ValueAxis vertical =
        ValueAxis.over(
            places.stream().mapToDouble(Place::y).min().orElseThrow(),
            places.stream().mapToDouble(Place::y).max().orElseThrow());
    double least = places.stream().mapToDouble(Place::x).min().orElseThrow();
    double most = places.stream().mapToDouble(Place::x).max().orElseThrow();
    // Those of the front last, so that they are seen where others lie as well.
    for (boolean onFront : new boolean[] {false, true}) {
      for (Place place : places) {
        if (place.onFront() == onFront) {
          double share = most > least ? (place.x() - least) / (most - least) : 0.5;
          canvas.dot(
              (int) Math.round(share * (canvas.dotColumns() - 1)),
              vertical.dot(place.y(), canvas.dotRows()),
              onFront ? Style.GREEN : Style.DIM);
        }
      }
    }
    List<String> lines = new ArrayList<>();
    lines.add(new Line(width, colors).add(title, Style.BOLD).toString());
    for (int row = 0; row < HEIGHT; row++) {
      var line = new Line(width, colors);
      vertical.begin(line, row, HEIGHT);
      canvas.drawRow(row, line);
      lines.add(line.toString());
    }
    lines.add(new Line(width, colors).to(LABEL + 1).add("└" + "─".repeat(columns)).toString());
    String right = Texts.number(most);
    lines.add(
        new Line(width, colors)
            .to(LABEL + 2)
            .add(Texts.number(least))
            .to(LABEL + 2 + columns - Texts.width(right))
            .add(right)
            .toString());
    return lines;
  }
}
