package dev.caviar.worker.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.caviar.worker.backend.Examples;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NormalizationTest {
  private static Examples examples(int width, float... features) {
    int count = features.length / width;
    return new Examples(count, width, features, 1, new float[count]);
  }

  @Test
  void fitsMeanAndDeviation() {
    Normalization normalization = Normalization.fit(examples(2, 1, 10, 3, 10, 5, 40));

    assertThat(normalization.mean()).containsExactly(3, 20);
    assertThat(normalization.deviation())
        .containsExactly((float) Math.sqrt(8 / 3.0), (float) Math.sqrt(200));
  }

  @Test
  void normalisedTrainingExamplesHaveMean0AndVariance1() {
    var random = new Random(1);
    float[] features = new float[3000];
    for (int i = 0; i < features.length; i++) {
      // A mean far above the deviation: a difference of squares in single precision would fail.
      features[i] = (float) (1e5 + i % 3 + random.nextGaussian());
    }
    Examples raw = examples(3, features);
    Examples normalised = Normalization.fit(raw).apply(raw);

    for (int column = 0; column < 3; column++) {
      double sum = 0;
      double squares = 0;
      for (int row = 0; row < 1000; row++) {
        double value = normalised.features()[3 * row + column];
        sum += value;
        squares += value * value;
      }
      // The mean itself is a float, half a unit of its last place off at most: 0.004 at 1e5.
      assertThat(sum / 1000).isCloseTo(0, within(0.005));
      assertThat(squares / 1000).isCloseTo(1, within(1e-4));
    }
  }

  @Test
  void aConstantHasDeviation1() {
    // Three times 0.1 summed is no longer 0.3.
    Normalization normalization = Normalization.fit(examples(1, 0.1f, 0.1f, 0.1f));

    assertThat(normalization.deviation()).containsExactly(1);
    float[] features = {0.1f, 1.1f};
    normalization.applyInPlace(features, 2);
    assertThat(features[0]).isZero();
    assertThat(features[1]).isCloseTo(1, within(1e-6f));
  }

  @Test
  void bearsTheLargestFloats() {
    Examples raw = examples(1, Float.MAX_VALUE, -Float.MAX_VALUE);

    assertThat(Normalization.fit(raw).apply(raw).features()).containsExactly(1, -1);
  }

  @Test
  void leavesTheExamplesGivenAsTheyAre() {
    Examples raw = examples(1, 1, 3);
    Examples normalised = Normalization.fit(raw).apply(raw);

    assertThat(normalised.features()).containsExactly(-1, 1);
    assertThat(raw.features()).containsExactly(1, 3);
    assertThat(Normalization.none().apply(raw)).isSameAs(raw);
  }

  @Test
  void comesBackFromAMessage() {
    Normalization fitted = Normalization.fit(examples(2, 1, 2, 3, 5));

    assertThat(Normalization.of(fitted.toProto())).isEqualTo(fitted).hasSameHashCodeAs(fitted);
    assertThat(Normalization.of(Normalization.none().toProto()).isNone()).isTrue();
  }

  @Test
  void refusesWhatCannotNormalise() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Normalization(new float[1], new float[] {0}))
        .withMessageContaining("deviation 0.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Normalization(new float[] {Float.NaN}, new float[] {1}));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Normalization(new float[2], new float[] {1}));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new Normalization(new float[1], new float[] {1}).applyInPlace(new float[1], 2));
  }
}
