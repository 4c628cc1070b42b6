package dev.caviar.coordinator.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class OutcomesTest {
  @Test
  void keepsDistancesOfTheBetterHalf() {
    double[] outcomes = Outcomes.of(new double[] {1, 2, 4, 1e30, 5, 1e3, 7});

    // 1, 2, 4 and the median 5: in the same proportions.
    assertThat((outcomes[4] - outcomes[0]) / (outcomes[1] - outcomes[0]))
        .isCloseTo(4, within(1e-12));
    assertThat(Arrays.stream(outcomes).sum()).isCloseTo(0, within(1e-12));
    assertThat(Arrays.stream(outcomes).map(z -> z * z).sum()).isCloseTo(7, within(1e-12));
  }

  @Test
  void theWorseHalfIsLaidOutAsANormalDistribution() {
    double[] some = Outcomes.of(new double[] {1, 2, 4, 1e30, 5, 1e3, 7});

    assertThat(some).isEqualTo(Outcomes.of(new double[] {1, 2, 4, 10, 5, 9, 8}));
    // Quantiles of 7/12, 9/12 and 11/12 by SciPy's norm.ppf, in the spread of the better half.
    double unit = (some[4] - some[0]) * Math.sqrt((16.0 + 9 + 1) / 4) / 4;
    assertThat((some[6] - some[4]) / unit).isCloseTo(0.21042839424792467, within(1e-12));
    assertThat((some[5] - some[4]) / unit).isCloseTo(0.6744897501960817, within(1e-12));
    assertThat((some[3] - some[4]) / unit).isCloseTo(1.3829941271006383, within(1e-12));
  }

  @Test
  void plainOnesKeepAllDistances() {
    double[] outcomes = Outcomes.plain(new double[] {1, 2, Double.NaN, 4, 11});

    assertThat((outcomes[4] - outcomes[0]) / (outcomes[1] - outcomes[0]))
        .isCloseTo(10, within(1e-12));
    assertThat(outcomes[2]).isEqualTo(outcomes[4]);
    assertThat(Arrays.stream(outcomes).sum()).isCloseTo(0, within(1e-12));
    assertThat(Arrays.stream(outcomes).map(z -> z * z).sum()).isCloseTo(5, within(1e-12));
    assertThat(Outcomes.plain(new double[] {4, 4, 4})).containsExactly(0, 0, 0);
  }

  @Test
  void theBetterHalfIsNotAboveTheMedian() {
    assertThat(Outcomes.betterHalf(new double[] {5, 1, Double.NaN, 4, 1e9, 2}))
        .containsExactly(1, 3, 5);
    assertThat(Outcomes.betterHalf(new double[] {Double.NaN, 3})).containsExactly(1);
  }

  @Test
  void failedTrialsAreEqualAndWorseThanTheWorst() {
    double[] outcomes = Outcomes.of(new double[] {Double.NaN, 3, 1, 2, Double.NaN, 9});

    assertThat(outcomes[0]).isEqualTo(outcomes[4]).isGreaterThan(outcomes[5]);
    assertThat(outcomes[5]).isGreaterThan(outcomes[1]);
  }

  @Test
  void equalLossesStayEqual() {
    assertThat(Outcomes.of(new double[] {4, 4, 4})).containsExactly(0, 0, 0);
    assertThat(Outcomes.of(new double[] {4})).containsExactly(0);
    double[] outcomes = Outcomes.of(new double[] {1, 8, 8, 1, 1, 9});
    assertThat(outcomes[0]).isEqualTo(outcomes[3]).isLessThan(outcomes[1]);
    assertThat(outcomes[1]).isEqualTo(outcomes[2]).isLessThan(outcomes[5]);
    double[] mostFail = Outcomes.of(new double[] {Double.NaN, 5, Double.NaN, Double.NaN});
    assertThat(mostFail[1]).isLessThan(mostFail[0]);
  }
}
