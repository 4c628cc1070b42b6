package dev.caviar.coordinator.search;

/**
 * Symmetric positive definite matrices taken apart: A = UᵀU with U upper triangular. All loops run
 * along rows, so that the compiler turns them into vector instructions; they add up in the same
 * order on every machine. For a few hundred rows, where a library's calls cost more than they save.
 */
final class Cholesky {
  private Cholesky() {}

  /**
   * Replaces A by U.
   *
   * @param a square; read and written on and above its diagonal only
   * @return whether A is positive definite; if it is not, {@code a} is left half done
   */
  static boolean factor(double[][] a) {
    for (int i = 0; i < a.length; i++) {
      double[] row = a[i];
      for (int k = 0; k < i; k++) {
        addScaled(-a[k][i], a[k], row, i, a.length);
      }
      if (!(row[i] > 0) || row[i] == Double.POSITIVE_INFINITY) {
        return false;
      }
      double root = Math.sqrt(row[i]);
      for (int j = i; j < a.length; j++) {
        row[j] /= root;
      }
    }
    return true;
  }

  /** The inverse of Uᵀ, lower triangular: row i has i + 1 numbers. */
  static double[][] inverse(double[][] u) {
    double[][] inverse = new double[u.length][];
    for (int i = 0; i < u.length; i++) {
      double[] row = new double[i + 1];
      for (int k = 0; k < i; k++) {
        addScaled(-u[k][i], inverse[k], row, 0, k + 1);
      }
      double pivot = u[i][i];
      for (int j = 0; j < i; j++) {
        row[j] /= pivot;
      }
      row[i] = 1 / pivot;
      inverse[i] = row;
    }
    return inverse;
  }

  /**
   * The inverse of A on and above its diagonal, 0 below.
   *
   * @param lower what {@link #inverse} answers
   */
  static double[][] inverseOfProduct(double[][] lower) {
    int n = lower.length;
    double[][] inverse = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int k = i; k < n; k++) {
        addScaled(lower[k][i], lower[k], inverse[i], i, k + 1);
      }
    }
    return inverse;
  }

  /** A lower triangular matrix by a vector. */
  static double[] product(double[][] lower, double[] by) {
    double[] product = new double[lower.length];
    for (int i = 0; i < product.length; i++) {
      double sum = 0;
      for (int j = 0; j <= i; j++) {
        sum += lower[i][j] * by[j];
      }
      product[i] = sum;
    }
    return product;
  }

  /** The transpose of a lower triangular matrix by a vector. */
  static double[] transposedProduct(double[][] lower, double[] by) {
    double[] product = new double[lower.length];
    for (int i = 0; i < product.length; i++) {
      addScaled(by[i], lower[i], product, 0, i + 1);
    }
    return product;
  }

  static void addScaled(double factor, double[] what, double[] to, int from, int end) {
    for (int j = from; j < end; j++) {
      to[j] += factor * what[j];
    }
  }
}
