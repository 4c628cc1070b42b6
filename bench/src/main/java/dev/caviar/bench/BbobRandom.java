package dev.caviar.bench;

/**
 * The random numbers that make an instance of a BBOB function, as COCO defines them, so that an
 * instance here is the instance of the same number elsewhere: the minimal standard generator of
 * Park and Miller, "Random number generators: good ones are hard to find", 1988, shuffled as Bays
 * and Durham do.
 */
final class BbobRandom {
  private static final long MODULUS = 2_147_483_647;
  private static final long MULTIPLIER = 16_807;
  private static final int SHUFFLED = 32;

  private BbobRandom() {}

  /** Numbers even between 0 and 1. */
  static double[] uniform(int count, long seed) {
    long state = Math.max(1, Math.abs(seed));
    long[] table = new long[SHUFFLED];
    for (int i = SHUFFLED + 7; i >= 0; i--) {
      state = state * MULTIPLIER % MODULUS;
      if (i < SHUFFLED) {
        table[i] = state;
      }
    }
    long drawn = table[0];
    double[] numbers = new double[count];
    for (int i = 0; i < count; i++) {
      state = state * MULTIPLIER % MODULUS;
      int place = (int) (drawn / 67_108_865);
      drawn = table[place];
      table[place] = state;
      numbers[i] = drawn == 0 ? 1e-99 : drawn / (double) MODULUS;
    }
    return numbers;
  }

  /** Standard normal numbers: Box and Muller, 1958. */
  static double[] normal(int count, long seed) {
    double[] even = uniform(2 * count, seed);
    double[] numbers = new double[count];
    for (int i = 0; i < count; i++) {
      double x = Math.sqrt(-2 * Math.log(even[i])) * Math.cos(2 * Math.PI * even[count + i]);
      numbers[i] = x == 0 ? 1e-99 : x;
    }
    return numbers;
  }

  /** An orthogonal matrix, by Gram and Schmidt from normal rows. */
  static double[][] rotation(int dimensions, long seed) {
    double[] normal = normal(dimensions * dimensions, seed);
    double[][] rows = new double[dimensions][dimensions];
    for (int i = 0; i < dimensions; i++) {
      System.arraycopy(normal, i * dimensions, rows[i], 0, dimensions);
      for (int j = 0; j < i; j++) {
        double along = dot(rows[i], rows[j]);
        for (int k = 0; k < dimensions; k++) {
          rows[i][k] -= along * rows[j][k];
        }
      }
      double length = Math.sqrt(dot(rows[i], rows[i]));
      for (int k = 0; k < dimensions; k++) {
        rows[i][k] /= length;
      }
    }
    return rows;
  }

  /** Where a function is lowest: between −4 and 4 in each dimension, and never 0. */
  static double[] optimum(int dimensions, long seed) {
    double[] place = uniform(dimensions, seed);
    for (int i = 0; i < dimensions; i++) {
      double x = 8 * Math.floor(1e4 * place[i]) / 1e4 - 4;
      place[i] = x == 0 ? -1e-5 : x;
    }
    return place;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
