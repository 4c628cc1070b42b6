package dev.caviar.worker.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DropoutTest {
  private static final int COUNT = 100_000;

  @ParameterizedTest
  @ValueSource(floats = {0f, 0.1f, 0.5f, 0.9f})
  void dropsItsFractionAndScalesTheOthers(float p) {
    float[] mask = mask(COUNT, p, 1, 2, 3);

    int droppedCount = 0;
    for (float factor : mask) {
      assertThat(factor).isIn(0f, 1f / (1f - p));
      droppedCount += factor == 0f ? 1 : 0;
    }
    // Four standard errors of a fraction.
    assertThat((double) droppedCount / COUNT)
        .isCloseTo(p, offset(4 * Math.sqrt(p * (1.0 - p) / COUNT) + 1e-9));
  }

  @Test
  void isAFunctionOfSeedStepAndLayer() {
    float[] mask = mask(200, 0.5f, 1, 2, 3);

    assertThat(mask(200, 0.5f, 1, 2, 3)).isEqualTo(mask);
    assertThat(mask(200, 0.5f, 2, 2, 3)).isNotEqualTo(mask);
    assertThat(mask(200, 0.5f, 1, 3, 3)).isNotEqualTo(mask);
    assertThat(mask(200, 0.5f, 1, 2, 4)).isNotEqualTo(mask);
  }

  @Test
  void aSmallerBatchHasTheBeginningOfTheMask() {
    float[] mask = mask(200, 0.5f, 1, 2, 3);

    assertThat(mask(50, 0.5f, 1, 2, 3)).isEqualTo(Arrays.copyOf(mask, 50));
  }

  @Test
  void fillsNoMoreThanCount() {
    float[] mask = new float[20];
    Arrays.fill(mask, 7f);

    Dropout.mask(mask, 10, 0.5f, 1, 2, 3);

    assertThat(Arrays.copyOfRange(mask, 10, 20)).containsOnly(7f);
    assertThat(Arrays.copyOf(mask, 10)).containsOnly(0f, 2f);
  }

  private static float[] mask(int count, float p, long seed, long step, int layer) {
    float[] mask = new float[count];
    Dropout.mask(mask, count, p, seed, step, layer);
    return mask;
  }
}
