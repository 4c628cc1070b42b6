package dev.caviar.coordinator.search;

import static dev.caviar.coordinator.search.Spaces.always;
import static dev.caviar.coordinator.search.Spaces.real;
import static dev.caviar.coordinator.search.Spaces.when;
import static dev.caviar.coordinator.search.Spaces.whole;
import static dev.caviar.coordinator.search.Spaces.word;
import static dev.caviar.coordinator.search.Spaces.words;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.caviar.coordinator.space.Scale;
import java.util.List;
import org.junit.jupiter.api.Test;

class EmbeddingTest {
  private static final double NONE = Double.NaN;

  private final Embedding embedding =
      new Embedding(
          List.of(
              always("optimizer", words("sgd", "momentum", "adam")),
              when("beta", real(Scale.ONE_MINUS_LOG, 0.9, 0.999), "optimizer", word("momentum")),
              always("units", whole(Scale.LOG, 16, 512)),
              always("layers", whole(Scale.LINEAR, 1, 4)),
              when("kind", words("a", "b"), "optimizer", word("adam"))));

  /** In one dimension. */
  private double distance(int dimension, double[] a, double[] b) {
    double[] one = embedding.features(a);
    double[] other = embedding.features(b);
    double sum = 0;
    for (int f = 0; f < embedding.features(); f++) {
      sum += embedding.dimension(f) == dimension ? Math.pow(one[f] - other[f], 2) : 0;
    }
    return Math.sqrt(sum);
  }

  private double distance(int dimension, double a, double b) {
    double[] one = new double[5];
    double[] other = new double[5];
    one[dimension] = a;
    other[dimension] = b;
    return distance(dimension, one, other);
  }

  @Test
  void numbersAreAsFarApartAsOnTheirScale() {
    assertThat(distance(2, 0.25, 0.7)).isCloseTo(0.45, within(1e-12));
    // Four pieces of the scale, each with its number in the middle.
    assertThat(distance(3, 0, 3)).isCloseTo(0.75, within(1e-12));
  }

  @Test
  void choicesAreOneApart() {
    assertThat(distance(0, 0, 1)).isCloseTo(1, within(1e-12));
    assertThat(distance(0, 0, 2)).isCloseTo(1, within(1e-12));
    assertThat(distance(0, 2, 2)).isZero();
  }

  @Test
  void whatDoesNotApplyIsAsFarFromEveryValue() {
    for (double value : new double[] {0, 0.3, 0.5, 1}) {
      assertThat(distance(1, value, NONE)).isCloseTo(1, within(1e-12));
      assertThat(distance(1, 0.3, value))
          .isCloseTo(2 * Math.sin(Math.abs(value - 0.3) / 2), within(1e-12));
    }
    assertThat(distance(1, NONE, NONE)).isZero();
    assertThat(distance(4, 0, NONE)).isCloseTo(Math.sqrt(0.5), within(1e-12));
    assertThat(distance(4, 1, NONE)).isCloseTo(Math.sqrt(0.5), within(1e-12));
    assertThat(distance(4, 0, 1)).isCloseTo(1, within(1e-12));
  }

  @Test
  void slopesFollowCoordinates() {
    double[] gradient = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    assertThat(embedding.features()).isEqualTo(gradient.length);
    double[] point = {1, 0.4, 0.6, 2, NONE};
    for (int d : new int[] {1, 2}) {
      double[] more = point.clone();
      more[d] += 1e-6;
      double rise = 0;
      for (int f = 0; f < gradient.length; f++) {
        rise += gradient[f] * (embedding.features(more)[f] - embedding.features(point)[f]);
      }
      assertThat(embedding.slope(d, embedding.features(point), gradient))
          .isCloseTo(rise / 1e-6, within(1e-4));
    }
  }
}
