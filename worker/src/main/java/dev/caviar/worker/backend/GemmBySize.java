package dev.caviar.worker.backend;

/**
 * Large products by one, small ones by another, each where it is the faster. By size alone, never
 * by a stopwatch: the same trial must give the same bits each time it runs.
 *
 * @param small for products of fewer than {@link #LARGE} multiplications
 */
record GemmBySize(Gemm small, Gemm large) implements Gemm {
  /** Where oneDNN begins to win over OpenBLAS; bench/README.md. */
  private static final long LARGE = 1L << 20;

  @Override
  public void multiply(
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      float[] a,
      int aOffset,
      float[] b,
      float[] c) {
    Gemm gemm = (long) m * n * k < LARGE ? small : large;
    gemm.multiply(transposeA, transposeB, m, n, k, a, aOffset, b, c);
  }

  @Override
  public String description() {
    return small.description() + " and " + large.description();
  }
}
