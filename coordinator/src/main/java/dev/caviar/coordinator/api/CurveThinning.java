package dev.caviar.coordinator.api;

import dev.caviar.proto.v1.CurvePoint;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Fewer points of a curve that look the same when they are drawn: of each stretch of epochs the
 * least and the greatest of what is drawn, so that no peak is lost, and the curve's first and last
 * point.
 */
final class CurveThinning {
  /** Below that a curve has no shape. */
  static final int FEWEST = 8;

  private CurveThinning() {}

  /**
   * Thins a curve.
   *
   * @param points in the order of their epochs
   * @param most points that are wanted, at least {@link #FEWEST}
   * @param drawn what a point is drawn at; not a number counts as greatest
   * @return some of the points in their order, all if there are no more than {@code most}
   */
  static List<CurvePoint> thin(
      List<CurvePoint> points, int most, ToDoubleFunction<CurvePoint> drawn) {
    if (points.size() <= most) {
      return points;
    }
    int stretches = (most - 2) / 2;
    int inner = points.size() - 2;
    List<CurvePoint> kept = new ArrayList<>();
    kept.add(points.getFirst());
    for (int i = 0; i < stretches; i++) {
      int from = 1 + (int) ((long) inner * i / stretches);
      int to = 1 + (int) ((long) inner * (i + 1) / stretches);
      int least = from;
      int greatest = from;
      for (int k = from + 1; k < to; k++) {
        double at = drawn.applyAsDouble(points.get(k));
        least = Double.compare(at, drawn.applyAsDouble(points.get(least))) < 0 ? k : least;
        greatest = Double.compare(at, drawn.applyAsDouble(points.get(greatest))) > 0 ? k : greatest;
      }
      kept.add(points.get(Math.min(least, greatest)));
      if (least != greatest) {
        kept.add(points.get(Math.max(least, greatest)));
      }
    }
    kept.add(points.getLast());
    return kept;
  }
}
