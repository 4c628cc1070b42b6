package dev.caviar.worker.backend;

import java.util.Arrays;

/** Loops in Java: for platforms without OpenBLAS, and to check OpenBLAS against. */
final class PlainGemm implements Gemm {
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
    Arrays.fill(c, 0, m * n, 0f);
    for (int i = 0; i < m; i++) {
      for (int l = 0; l < k; l++) {
        float x = a[aOffset + (transposeA ? l * m + i : i * k + l)];
        if (transposeB) {
          for (int j = 0; j < n; j++) {
            c[i * n + j] += x * b[j * k + l];
          }
        } else {
          for (int j = 0; j < n; j++) {
            c[i * n + j] += x * b[l * n + j];
          }
        }
      }
    }
  }

  @Override
  public String description() {
    return "matrix products in plain Java";
  }
}
