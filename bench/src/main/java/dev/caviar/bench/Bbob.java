package dev.caviar.bench;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Functions of the noiseless BBOB suite on −5 to 5 in each dimension, less their lowest value, so
 * that 0 is the best of each: Hansen, Finck, Ros and Auger, "Real-parameter black-box optimization
 * benchmarking 2009: noiseless functions definitions", RR-6829. Names of variables are theirs.
 */
final class Bbob {
  /** The numbers of the functions that there are: at least two of each of the five groups. */
  static final List<Integer> FUNCTIONS = List.of(1, 2, 3, 6, 8, 10, 11, 15, 17, 20, 21);

  private static final int PEAKS = 101;
  private static final double SCHWEFEL_OPTIMUM = 4.2096874633;

  private Bbob() {}

  /**
   * A function.
   *
   * @param number one of {@link #FUNCTIONS}
   * @param dimensions at least 2
   * @param instance from 1; each has another optimum and other rotations
   */
  static ToDoubleFunction<double[]> function(int number, int dimensions, int instance) {
    long seed = number + 10_000L * instance;
    double[] optimum = BbobRandom.optimum(dimensions, seed);
    double[][] q = BbobRandom.rotation(dimensions, seed);
    double[][] r = BbobRandom.rotation(dimensions, seed + 1_000_000);
    return switch (number) {
      case 1 -> x -> squares(minus(x, optimum));
      case 2 -> x -> ellipsoid(oscillated(minus(x, optimum)));
      case 3 -> x -> rastrigin(scaled(skewed(oscillated(minus(x, optimum)), 0.2), Math.sqrt(10)));
      case 6 -> x -> attractiveSector(minus(x, optimum), optimum, q, r);
      case 8 -> x -> rosenbrock(x, optimum);
      case 10 -> x -> ellipsoid(oscillated(times(minus(x, optimum), r)));
      case 11 -> x -> discus(oscillated(times(minus(x, optimum), r)));
      case 15 ->
          x ->
              rastrigin(
                  times(
                      scaled(
                          times(skewed(oscillated(times(minus(x, optimum), r)), 0.2), q),
                          Math.sqrt(10)),
                      r));
      case 17 ->
          x ->
              schaffers(scaled(times(skewed(times(minus(x, optimum), r), 0.5), q), Math.sqrt(10)))
                  + 10 * outside(x, 5);
      case 20 -> schwefel(dimensions, seed);
      case 21 -> gallagher(dimensions, seed, q);
      default -> throw new IllegalArgumentException("no function " + number);
    };
  }

  private static double[] minus(double[] x, double[] y) {
    double[] difference = new double[x.length];
    Arrays.setAll(difference, i -> x[i] - y[i]);
    return difference;
  }

  /** The row x times a matrix. */
  private static double[] times(double[] x, double[][] matrix) {
    double[] product = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < x.length; j++) {
        product[j] += x[i] * matrix[i][j];
      }
    }
    return product;
  }

  /** From 0 for the first of the dimensions to 1 for the last. */
  private static double rise(int i, int dimensions) {
    return i / (dimensions - 1.0);
  }

  /** Λ: each coordinate times a power of α from 0 to 1. */
  private static double[] scaled(double[] x, double alpha) {
    double[] longer = new double[x.length];
    Arrays.setAll(longer, i -> Math.pow(alpha, rise(i, x.length)) * x[i]);
    return longer;
  }

  /** T_osz. */
  private static double oscillated(double x) {
    if (x == 0) {
      return 0;
    }
    double log = Math.log(Math.abs(x)) / 0.1;
    double bend =
        x > 0 ? Math.sin(log) + Math.sin(0.79 * log) : Math.sin(0.55 * log) + Math.sin(0.31 * log);
    return Math.signum(x) * Math.exp(0.1 * (log + 0.49 * bend));
  }

  private static double[] oscillated(double[] x) {
    return Arrays.stream(x).map(Bbob::oscillated).toArray();
  }

  /** T_asy of β. */
  private static double[] skewed(double[] x, double beta) {
    double[] skewed = new double[x.length];
    Arrays.setAll(
        skewed,
        i -> x[i] > 0 ? Math.pow(x[i], 1 + beta * rise(i, x.length) * Math.sqrt(x[i])) : x[i]);
    return skewed;
  }

  /** f_pen: the squares of how far x lies outside. */
  private static double outside(double[] x, double edge) {
    return Arrays.stream(x).map(v -> Math.pow(Math.max(0, Math.abs(v) - edge), 2)).sum();
  }

  private static double squares(double[] z) {
    return Arrays.stream(z).map(v -> v * v).sum();
  }

  private static double ellipsoid(double[] z) {
    return IntStream.range(0, z.length)
        .mapToDouble(i -> Math.pow(1e6, rise(i, z.length)) * z[i] * z[i])
        .sum();
  }

  private static double discus(double[] z) {
    return squares(z) + (1e6 - 1) * z[0] * z[0];
  }

  private static double rastrigin(double[] z) {
    double waves = Arrays.stream(z).map(v -> Math.cos(2 * Math.PI * v)).sum();
    return 10 * (z.length - waves) + squares(z);
  }

  private static double attractiveSector(
      double[] fromOptimum, double[] optimum, double[][] q, double[][] r) {
    double[] z = times(scaledRows(fromOptimum, q), r);
    for (int i = 0; i < z.length; i++) {
      z[i] *= z[i] * optimum[i] > 0 ? 100 : 1;
    }
    return Math.pow(oscillated(squares(z)), 0.9);
  }

  private static double[] scaledRows(double[] x, double[][] q) {
    return scaled(times(x, q), Math.sqrt(10));
  }

  private static double rosenbrock(double[] x, double[] optimum) {
    double scale = Math.max(1, Math.sqrt(x.length) / 8);
    double[] z = new double[x.length];
    Arrays.setAll(z, i -> scale * (x[i] - 0.75 * optimum[i]) + 1);
    return IntStream.range(0, z.length - 1)
        .mapToDouble(i -> 100 * Math.pow(z[i] * z[i] - z[i + 1], 2) + (z[i] - 1) * (z[i] - 1))
        .sum();
  }

  private static double schaffers(double[] z) {
    double sum = 0;
    for (int i = 0; i + 1 < z.length; i++) {
      double s = z[i] * z[i] + z[i + 1] * z[i + 1];
      double wave = Math.sin(50 * Math.pow(s, 0.1));
      sum += Math.pow(s, 0.25) * (1 + wave * wave);
    }
    double mean = sum / (z.length - 1);
    return mean * mean;
  }

  private static ToDoubleFunction<double[]> schwefel(int dimensions, long seed) {
    double[] signs =
        Arrays.stream(BbobRandom.uniform(dimensions, seed))
            .map(u -> Math.signum(u - 0.5))
            .toArray();
    return x -> {
      double[] z = new double[dimensions];
      double before = SCHWEFEL_OPTIMUM;
      for (int i = 0; i < dimensions; i++) {
        double mirrored = 2 * signs[i] * x[i];
        double bent = mirrored + 0.25 * (before - SCHWEFEL_OPTIMUM);
        before = mirrored;
        z[i] =
            100
                * (Math.pow(Math.sqrt(10), rise(i, dimensions)) * (bent - SCHWEFEL_OPTIMUM)
                    + SCHWEFEL_OPTIMUM);
      }
      double mean =
          Arrays.stream(z).map(v -> v * Math.sin(Math.sqrt(Math.abs(v)))).sum() / dimensions;
      return 0.01 * (418.9828872724339 - mean) + 0.01 * outside(z, 500);
    };
  }

  /** The places of the numbers in increasing order. */
  private static int[] order(double[] numbers) {
    return IntStream.range(0, numbers.length)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> numbers[i]))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static ToDoubleFunction<double[]> gallagher(
      int dimensions, long seed, double[][] rotation) {
    int[] conditionOrder = order(BbobRandom.uniform(PEAKS - 1, seed));
    double[] places = BbobRandom.uniform(dimensions * PEAKS, seed);
    double[][] scales = new double[PEAKS][dimensions];
    double[][] peaks = new double[PEAKS][];
    double[] heights = new double[PEAKS];
    for (int peak = 0; peak < PEAKS; peak++) {
      double condition =
          peak == 0 ? Math.sqrt(1000) : Math.pow(1000, conditionOrder[peak - 1] / (PEAKS - 2.0));
      int[] axisOrder = order(BbobRandom.uniform(dimensions, seed + 1000L * peak));
      Arrays.setAll(scales[peak], i -> Math.pow(condition, rise(axisOrder[i], dimensions) - 0.5));
      double[] place = new double[dimensions];
      int first = peak * dimensions;
      // The highest peak keeps away from the edge.
      double shrink = peak == 0 ? 0.8 : 1;
      Arrays.setAll(place, i -> shrink * (10 * places[first + i] - 5));
      peaks[peak] = times(place, rotation);
      heights[peak] = peak == 0 ? 10 : 1.1 + 8 * (peak - 1) / (PEAKS - 2.0);
    }
    return x -> {
      double[] turned = times(x, rotation);
      double highest = 0;
      for (int peak = 0; peak < PEAKS; peak++) {
        double distance = 0;
        for (int i = 0; i < dimensions; i++) {
          double d = turned[i] - peaks[peak][i];
          distance += scales[peak][i] * d * d;
        }
        highest = Math.max(highest, heights[peak] * Math.exp(-0.5 / dimensions * distance));
      }
      double below = oscillated(10 - highest);
      return below * below + outside(x, 5);
    };
  }
}
