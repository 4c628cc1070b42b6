package dev.caviar.coordinator.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.statistics.distribution.NormalDistribution;
import org.apache.commons.statistics.distribution.TruncatedNormalDistribution;
import org.apache.commons.statistics.inference.KolmogorovSmirnovTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NormalTest {
  @Test
  void isTheNormalDistribution() {
    NormalDistribution normal = NormalDistribution.of(0, 1);
    for (double z = -39; z <= 39; z += 0.037) {
      double expected = normal.cumulativeProbability(z);
      assertThat(Normal.cumulative(z)).isCloseTo(expected, within(1e-15));
      if (z > -37) {
        assertThat(Normal.cumulative(z) / expected).isCloseTo(1, within(1e-8));
      }
    }
    assertThat(Normal.cumulative(0)).isCloseTo(0.5, within(1e-15));
    assertThat(Normal.cumulative(Double.NEGATIVE_INFINITY)).isZero();
    assertThat(Normal.cumulative(Double.POSITIVE_INFINITY)).isEqualTo(1);
  }

  @Test
  void differencesKeepTheirDigitsInBothTails() {
    double lower = Normal.between(0.1, 0.2, 1.1, 0.1);
    double upper = Normal.between(2.0, 2.1, 1.1, 0.1);

    assertThat(upper).isGreaterThan(0);
    assertThat(upper / lower).isCloseTo(1, within(1e-6));
    assertThat(upper / NormalDistribution.of(1.1, 0.1).probability(2.0, 2.1))
        .isCloseTo(1, within(1e-7));
  }

  @ParameterizedTest
  @CsvSource({"0.5, 1", "0, 1", "1, 0.01", "0.3, 0.1"})
  void drawsWithinTheUnit(double mean, double deviation) {
    UniformRandomProvider random = Draws.stream(1, Draws.Purpose.CANDIDATES, 0, 0);
    TruncatedNormalDistribution expected = TruncatedNormalDistribution.of(mean, deviation, 0, 1);
    double[] draws =
        IntStream.range(0, 5_000)
            .mapToDouble(i -> Normal.inUnit(mean, deviation, random))
            .toArray();

    assertThat(
            KolmogorovSmirnovTest.withDefaults()
                .test(draws, expected::cumulativeProbability)
                .getPValue())
        .isGreaterThan(0.001);
  }

  @Test
  void quantilesAreThoseOfSciPy() {
    // scipy.stats.norm.ppf
    assertThat(Normal.quantile(0.5)).isCloseTo(0, within(1e-13));
    assertThat(Normal.quantile(0.75)).isCloseTo(0.6744897501960817, within(1e-13));
    assertThat(Normal.quantile(0.975)).isCloseTo(1.959963984540054, within(1e-12));
    assertThat(Normal.quantile(0.9999)).isCloseTo(3.719016485455709, within(1e-10));
  }
}
