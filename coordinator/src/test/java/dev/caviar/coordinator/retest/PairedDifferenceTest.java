package dev.caviar.coordinator.retest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** By SciPy; {@code record_paired_t.py} says how it was recorded. */
class PairedDifferenceTest {
  static final ObjectMapper JSON = new ObjectMapper();

  static JsonNode recording() throws IOException {
    try (InputStream in = PairedDifferenceTest.class.getResourceAsStream("paired-t.json")) {
      return JSON.readTree(in);
    }
  }

  static double[] numbers(JsonNode node) {
    return JSON.convertValue(node, double[].class);
  }

  @Test
  void reachesAsFarAsStudentsQuantiles() throws IOException {
    for (JsonNode quantile : recording().get("quantiles")) {
      int pairs = quantile.get("pairs").asInt();
      double probability = quantile.get("probability").asDouble();
      // A standard error of 1, so that the reach is the quantile itself.
      PairedDifference difference = new PairedDifference(pairs, 0, Math.sqrt(pairs));
      assertThat(difference.reach(2 * probability - 1))
          .as("%d pairs, %s", pairs, probability)
          .isCloseTo(quantile.get("t").asDouble(), withinPercentage(1e-6));
    }
  }

  /** Of the table in Student's "New tables for testing the significance", Metron 5, 1925. */
  @Test
  void agreesWithThePrintedTable() {
    assertThat(new PairedDifference(5, 0, Math.sqrt(5)).reach(0.95)).isCloseTo(2.776, within(5e-4));
    assertThat(new PairedDifference(11, 0, Math.sqrt(11)).reach(0.99))
        .isCloseTo(3.169, within(5e-4));
  }

  @Test
  void testsPairsAsSciPyDoes() throws IOException {
    for (JsonNode paired : recording().get("paired")) {
      PairedDifference difference =
          PairedDifference.of(numbers(paired.get("losses")), numbers(paired.get("others")));
      double reach = difference.reach(paired.get("confidence").asDouble());
      assertThat(difference.p()).isCloseTo(paired.get("p").asDouble(), within(1e-9));
      assertThat(difference.mean() - reach).isCloseTo(paired.get("low").asDouble(), within(1e-9));
      assertThat(difference.mean() + reach).isCloseTo(paired.get("high").asDouble(), within(1e-9));
    }
  }

  @Test
  void whatSeedsShareIsInNoDifference() {
    double[] losses = {0.31, 0.21, 0.11};
    double[] others = {0.30, 0.19, 0.08};
    double[] luckier = {0.30 - 5, 0.19 - 7, 0.08 + 9};
    double[] luckierLosses = {0.31 - 5, 0.21 - 7, 0.11 + 9};
    assertThat(PairedDifference.of(luckierLosses, luckier).deviation())
        .isCloseTo(PairedDifference.of(losses, others).deviation(), within(1e-12));
  }

  @Test
  void differencesThatAreAlikeTellNothingOfTheirSpread() {
    // Not so to the last bit: 0.15 − 0.1 is not 0.25 − 0.2.
    PairedDifference alike =
        PairedDifference.of(new double[] {0.15, 0.25, 0.35}, new double[] {0.1, 0.2, 0.3});
    assertThat(alike.hasSpread()).isFalse();
    assertThat(alike.p()).isEqualTo(1);
    assertThat(alike.reach(0.95)).isInfinite();
    assertThat(alike.pairsToSettle(0.95, 0.8, 1_000)).isEqualTo(1_001);
    assertThatThrownBy(() -> PairedDifference.of(new double[] {1}, new double[] {2}))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** So many pairs do, as often as was asked for, and half as many do not. */
  @Test
  void soManyPairsSettleIt() {
    PairedDifference seen = new PairedDifference(5, 0.01, 0.02);
    int pairs = seen.pairsToSettle(0.95, 0.8, 1_000);
    assertThat(settled(pairs)).isBetween(0.77, 0.85);
    assertThat(settled(pairs / 2)).isLessThan(0.6);
    assertThat(new PairedDifference(5, 1e-6, 0.02).pairsToSettle(0.95, 0.8, 1_000))
        .isEqualTo(1_001);
  }

  private static double settled(int pairs) {
    Random random = new Random(7);
    int runs = 2_000;
    int settled = 0;
    for (int run = 0; run < runs; run++) {
      double[] differences =
          random.doubles(pairs).map(x -> 0.01 + 0.02 * random.nextGaussian()).toArray();
      PairedDifference difference = PairedDifference.of(differences, new double[pairs]);
      if (Math.abs(difference.mean()) > difference.reach(0.95)) {
        settled++;
      }
    }
    return (double) settled / runs;
  }
}
