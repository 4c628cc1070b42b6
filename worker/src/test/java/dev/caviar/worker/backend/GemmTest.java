package dev.caviar.worker.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GemmTest {
  /** Of sums of up to 100 products of numbers about 1. */
  private static final float TOLERANCE = 1e-4f;

  @ParameterizedTest
  @CsvSource({
    "false, false, 0", "true, false, 0", "false, true, 0",
    "false, false, 37", "true, false, 37", "false, true, 37",
  })
  void openBlasAgreesWithPlainLoops(boolean transposeA, boolean transposeB, int offset) {
    assertAgreesWithPlainLoops(new OpenBlas(), transposeA, transposeB, offset);
  }

  @ParameterizedTest
  @CsvSource({
    "false, false, 0", "true, false, 0", "false, true, 0",
    "false, false, 37", "true, false, 37", "false, true, 37",
  })
  @EnabledOnOs(value = OS.LINUX, architectures = "amd64")
  void oneDnnAgreesWithPlainLoops(boolean transposeA, boolean transposeB, int offset) {
    assertAgreesWithPlainLoops(new OneDnn(), transposeA, transposeB, offset);
  }

  private static void assertAgreesWithPlainLoops(
      Gemm blas, boolean transposeA, boolean transposeB, int offset) {
    Random random = new Random(1);
    for (int[] shape :
        new int[][] {{1, 1, 1}, {3, 50, 17}, {64, 10, 50}, {63, 100, 64}, {64, 256, 100}}) {
      int m = shape[0];
      int n = shape[1];
      int k = shape[2];
      float[] a = numbers(random, offset + m * k);
      float[] b = numbers(random, k * n);
      // C's old contents count for nothing, and what lies behind it is left alone.
      float[] found = new float[m * n + 5];
      Arrays.fill(found, Float.NaN);
      float[] expected = found.clone();

      blas.multiply(transposeA, transposeB, m, n, k, a, offset, b, found);
      new PlainGemm().multiply(transposeA, transposeB, m, n, k, a, offset, b, expected);

      for (int i = 0; i < m * n; i++) {
        assertThat(Math.abs(found[i] - expected[i])).as("element %d", i).isLessThan(TOLERANCE);
      }
      for (int i = m * n; i < found.length; i++) {
        assertThat(found[i]).isNaN();
      }
    }
  }

  private static float[] numbers(Random random, int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }
}
