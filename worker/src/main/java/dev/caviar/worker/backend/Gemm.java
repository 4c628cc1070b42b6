package dev.caviar.worker.backend;

/** The product of two matrices of floats. Thread-safe. */
interface Gemm {
  /**
   * C ← op(A)·op(B), where op is the matrix or its transpose; all row-major and without gaps, so
   * that a row is as long as the matrix as stored has columns.
   *
   * @param m rows of op(A) and C
   * @param n columns of op(B) and C
   * @param k columns of op(A), rows of op(B)
   * @param aOffset where A begins in its array
   */
  void multiply(
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      float[] a,
      int aOffset,
      float[] b,
      float[] c);

  /** For people: what does the work. */
  String description();
}
