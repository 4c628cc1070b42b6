package dev.caviar.coordinator.search;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/**
 * Finds a lowest point near a start, between bounds: the limited-memory BFGS method (Nocedal and
 * Wright, "Numerical optimization", 2006, algorithm 7.4) on the coordinates that are free to move,
 * with steps cut off at the bounds (Bertsekas, "Projected Newton methods", 1982). A coordinate at a
 * bound is held where the function falls beyond it.
 */
final class Lbfgs {
  /** A function of as many variables as the bounds have. */
  interface Objective {
    /**
     * Its value; NaN or infinite where it has none.
     *
     * @param gradient to be filled with the derivatives
     */
    double value(double[] x, double[] gradient);
  }

  /** Steps and changes of the gradient. */
  private record Pair(double[] step, double[] change, double curvature) {}

  /** The lowest point found, and the value there. */
  record Minimum(double[] x, double value) {}

  private static final int MEMORY = 8;
  private static final int MOST_HALVINGS = 20;

  /** How much of the decrease that the slope promises a step has to bring. */
  private static final double SUFFICIENT = 1e-4;

  private final double[] low;
  private final double[] high;
  private final int mostSteps;
  private final double tolerance;

  /**
   * @param low where each variable ends, maybe at −∞
   * @param high likewise, maybe at +∞
   * @param mostSteps after how many it ends at the latest
   * @param tolerance it ends when no free derivative is larger, or when a step gains less than a
   *     thousandth of it
   */
  Lbfgs(double[] low, double[] high, int mostSteps, double tolerance) {
    this.low = low;
    this.high = high;
    this.mostSteps = mostSteps;
    this.tolerance = tolerance;
  }

  /**
   * The lowest point that is found from a start.
   *
   * @param start between the bounds; the function is finite there
   */
  Minimum minimize(Objective objective, double[] start) {
    int n = start.length;
    double[] x = start.clone();
    double[] gradient = new double[n];
    double value = objective.value(x, gradient);
    Deque<Pair> pairs = new ArrayDeque<>();
    for (int step = 0; step < mostSteps; step++) {
      double[] direction = new double[n];
      double largest = 0;
      for (int i = 0; i < n; i++) {
        boolean held = (x[i] <= low[i] && gradient[i] > 0) || (x[i] >= high[i] && gradient[i] < 0);
        direction[i] = held ? 0 : -gradient[i];
        largest = Math.max(largest, Math.abs(direction[i]));
      }
      if (!(largest > tolerance)) {
        break;
      }
      if (pairs.isEmpty()) {
        scale(direction, Math.min(1, 0.5 / largest));
      } else {
        boolean[] held = zeros(direction);
        turn(direction, pairs);
        for (int i = 0; i < n; i++) {
          direction[i] = held[i] ? 0 : direction[i];
        }
      }
      double[] next = new double[n];
      double[] nextGradient = new double[n];
      double nextValue = Double.NaN;
      double length = 1;
      int halvings = 0;
      while (true) {
        double promised = 0;
        for (int i = 0; i < n; i++) {
          next[i] = Math.clamp(x[i] + length * direction[i], low[i], high[i]);
          promised += gradient[i] * (next[i] - x[i]);
        }
        nextValue = promised < 0 ? objective.value(next, nextGradient) : Double.NaN;
        if (nextValue <= value + SUFFICIENT * promised || halvings++ == MOST_HALVINGS) {
          break;
        }
        length /= 2;
      }
      if (!(nextValue < value)) {
        if (pairs.isEmpty()) {
          break;
        }
        // What was learnt misleads here; once more along the slope.
        pairs.clear();
        continue;
      }
      remember(pairs, x, gradient, next, nextGradient);
      double gained = value - nextValue;
      x = next;
      gradient = nextGradient;
      value = nextValue;
      if (gained < 1e-3 * tolerance) {
        break;
      }
    }
    return new Minimum(x, value);
  }

  private static boolean[] zeros(double[] vector) {
    boolean[] zeros = new boolean[vector.length];
    for (int i = 0; i < zeros.length; i++) {
      zeros[i] = vector[i] == 0;
    }
    return zeros;
  }

  private static void remember(
      Deque<Pair> pairs, double[] x, double[] gradient, double[] next, double[] nextGradient) {
    double[] step = new double[x.length];
    double[] change = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      step[i] = next[i] - x[i];
      change[i] = nextGradient[i] - gradient[i];
    }
    double curvature = dot(step, change);
    // Where the function curves down a pair would make the method climb.
    if (curvature > 1e-10 * dot(change, change)) {
      pairs.addLast(new Pair(step, change, curvature));
      if (pairs.size() > MEMORY) {
        pairs.removeFirst();
      }
    }
  }

  /** Multiplies by the inverse Hessian that the pairs stand for: the two-loop recursion. */
  private static void turn(double[] direction, Deque<Pair> pairs) {
    double[] shares = new double[pairs.size()];
    int at = shares.length;
    for (Iterator<Pair> newest = pairs.descendingIterator(); newest.hasNext(); ) {
      Pair pair = newest.next();
      shares[--at] = dot(pair.step(), direction) / pair.curvature();
      Cholesky.addScaled(-shares[at], pair.change(), direction, 0, direction.length);
    }
    Pair last = pairs.getLast();
    scale(direction, last.curvature() / dot(last.change(), last.change()));
    for (Pair pair : pairs) {
      double share = shares[at++] - dot(pair.change(), direction) / pair.curvature();
      Cholesky.addScaled(share, pair.step(), direction, 0, direction.length);
    }
  }

  private static void scale(double[] vector, double by) {
    for (int i = 0; i < vector.length; i++) {
      vector[i] *= by;
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
