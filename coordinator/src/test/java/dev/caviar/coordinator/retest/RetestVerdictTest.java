package dev.caviar.coordinator.retest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caviar.coordinator.retest.RetestVerdict.Challenger;
import dev.caviar.coordinator.retest.RetestVerdict.Outcome;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.TrialStatus;
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RetestVerdictTest {
  /** A retest that is over, with a row of objectives for each point, the old best's first. */
  private static GetSweepResponse.Builder retest(double[]... points) {
    GetSweepResponse.Builder retest = GetSweepResponse.newBuilder();
    retest
        .getSummaryBuilder()
        .getStatusBuilder()
        .setState(SweepState.SWEEP_COMPLETED)
        .setMinimize(true)
        .setRepeats(points[0].length);
    for (int point = 0; point < points.length; point++) {
      for (double objective : points[point]) {
        retest.addTrials(
            TrialStatus.newBuilder()
                .setTrial(retest.getTrialsCount())
                .setPoint(point)
                .setEnqueued(point < 2)
                .setState(TrialState.COMPLETED)
                .setObjective(objective));
      }
    }
    return retest;
  }

  private static RetestVerdict verdict(double[]... points) {
    return RetestVerdict.of(retest(points).build());
  }

  private static final double[] BEST = {0.10, 0.12, 0.11, 0.13, 0.10};
  private static final double[] WORSE = {0.20, 0.23, 0.22, 0.23, 0.21};
  private static final double[] MUCH_WORSE = {0.41, 0.42, 0.43, 0.44, 0.40};
  private static final double[] BETTER = {0.05, 0.08, 0.06, 0.09, 0.05};
  private static final double[] UNCLEAR = {0.09, 0.14, 0.12, 0.12, 0.12};

  @Test
  void isStillTheBestIfAllOthersAreWorse() {
    RetestVerdict verdict = verdict(BEST, MUCH_WORSE, WORSE);
    assertThat(verdict.outcome()).isEqualTo(Outcome.STILL_THE_BEST);
    assertThat(verdict.challengers()).allMatch(Challenger::isWorse);
    assertThat(verdict.challengers().getFirst().point().given()).isTrue();
    assertThat(verdict.challengers().getLast().point().given()).isFalse();
    assertThat(verdict.best().mean()).isCloseTo(0.112, within(1e-12));
    assertThat(verdict.seedsToSettle()).isNull();
  }

  @Test
  void isBeatenByTheBestOfThoseThatAreBetter() {
    double[] best = {0.01, 0.03, 0.01, 0.04, 0.01};
    RetestVerdict verdict = verdict(BEST, WORSE, BETTER, UNCLEAR, best);
    assertThat(verdict.outcome()).isEqualTo(Outcome.BEATEN);
    assertThat(verdict.beatenBy())
        .isNotNull()
        .satisfies(by -> assertThat(by.number()).isEqualTo(4));
  }

  @Test
  void aTieIsTooNoisyToSay() {
    RetestVerdict verdict = verdict(BEST, WORSE, UNCLEAR);
    assertThat(verdict.outcome()).isEqualTo(Outcome.TOO_NOISY);
    assertThat(verdict.challengers().getFirst().isWorse()).isTrue();
    assertThat(verdict.challengers().getLast().isWorse()).isFalse();
    // By SciPy the least n with 0.006 ≥ (t + t) · 0.0152 / √n, for 2 comparisons.
    assertThat(verdict.seedsToSettle()).isEqualTo(64);
    assertThat(verdict(BEST, BEST).outcome()).isEqualTo(Outcome.TOO_NOISY);
    assertThat(verdict(BEST, BEST).seedsToSettle()).isNull();
  }

  @Test
  void moreCanBeBetterToo() {
    GetSweepResponse.Builder retest = retest(BEST, BETTER);
    retest.getSummaryBuilder().getStatusBuilder().setMinimize(false);
    assertThat(RetestVerdict.of(retest.build()).outcome()).isEqualTo(Outcome.STILL_THE_BEST);
    assertThat(verdict(BEST, BETTER).outcome()).isEqualTo(Outcome.BEATEN);
  }

  @Test
  void aPointThatDoesNotCompleteOnEverySeedIsNoBetter() {
    GetSweepResponse.Builder retest = retest(BEST, BETTER);
    retest.getTrialsBuilder(7).setState(TrialState.DIVERGED).clearObjective();
    RetestVerdict verdict = RetestVerdict.of(retest.build());
    assertThat(verdict.outcome()).isEqualTo(Outcome.STILL_THE_BEST);
    assertThat(verdict.challengers().getFirst().point().problem()).isEqualTo("trial 7 is diverged");
    retest.removeTrials(9);
    assertThat(RetestVerdict.of(retest.build()).challengers().getFirst().point().problem())
        .isEqualTo("4 of 5 trials were begun");
  }

  @Test
  void nothingIsSaidOfAnOldBestThatDoesNotCompleteOnEverySeed() {
    GetSweepResponse.Builder retest = retest(BEST, WORSE);
    retest.getTrialsBuilder(3).setState(TrialState.STOPPED_EARLY);
    RetestVerdict verdict = RetestVerdict.of(retest.build());
    assertThat(verdict.outcome()).isEqualTo(Outcome.TOO_NOISY);
    assertThat(verdict.best().problem()).isEqualTo("trial 3 is stopped early");
    assertThat(verdict.seedsToSettle()).isNull();
  }

  @Test
  void saysWhyNothingCanBeCompared() {
    GetSweepResponse.Builder running = retest(BEST, WORSE);
    running
        .getSummaryBuilder()
        .getStatusBuilder()
        .setSweepId("a-1")
        .setState(SweepState.SWEEP_RUNNING);
    assertThatThrownBy(() -> RetestVerdict.of(running.build()))
        .hasMessage("it is not over yet; to see it: caviar watch a-1");
    assertThatThrownBy(() -> verdict(BEST))
        .hasMessageContaining("no trials that could be compared");
    assertThatThrownBy(() -> verdict(new double[] {1}, new double[] {2}))
        .hasMessageContaining("trained once each");
  }

  @Test
  void widensIntervalsAsHolmDoes() throws IOException {
    for (JsonNode holm : PairedDifferenceTest.recording().get("holm")) {
      double[][] points = new double[holm.get("challengers").size() + 1][];
      points[0] = PairedDifferenceTest.numbers(holm.get("best"));
      for (int i = 1; i < points.length; i++) {
        points[i] = PairedDifferenceTest.numbers(holm.get("challengers").get(i - 1));
      }
      RetestVerdict verdict = verdict(points);
      for (int i = 1; i < points.length; i++) {
        double[] interval = PairedDifferenceTest.numbers(holm.get("intervals").get(i - 1));
        Challenger challenger = verdict.challengers().get(i - 1);
        assertThat(challenger.low()).isCloseTo(interval[0], within(1e-9));
        assertThat(challenger.high()).isCloseTo(interval[1], within(1e-9));
      }
    }
  }

  /** How often each comes out, with five challengers that really are so much better. */
  private static Map<Outcome, Double> rates(double better, int seeds) {
    Random random = new Random(20_261_126);
    int runs = 2_000;
    Map<Outcome, Double> rates = new EnumMap<>(Outcome.class);
    for (int run = 0; run < runs; run++) {
      double[] luck = random.doubles(seeds).map(x -> 0.05 * random.nextGaussian()).toArray();
      double[][] points = new double[6][];
      for (int point = 0; point < points.length; point++) {
        double mean = point == 0 ? 0.1 : 0.1 - better;
        points[point] =
            Arrays.stream(luck).map(l -> mean + l + 0.01 * random.nextGaussian()).toArray();
      }
      rates.merge(verdict(points).outcome(), 1.0 / runs, Double::sum);
    }
    return rates;
  }

  @Test
  void withoutAnyDifferenceItIsBeatenInFiveOfAHundredRetestsAtTheMost() {
    for (int seeds : new int[] {2, 5, 20}) {
      Map<Outcome, Double> rates = rates(0, seeds);
      // Of one side alone, and challengers have the old best's luck in common: well below 0.05.
      assertThat(rates.get(Outcome.BEATEN)).as("%d seeds", seeds).isBetween(0.001, 0.05);
      assertThat(rates.getOrDefault(Outcome.STILL_THE_BEST, 0.0))
          .as("%d seeds", seeds)
          .isLessThan(0.05);
    }
  }

  @Test
  void largeDifferencesAreSeen() {
    assertThat(rates(0.05, 5).get(Outcome.BEATEN)).isGreaterThan(0.95);
    assertThat(rates(-0.05, 5).get(Outcome.STILL_THE_BEST)).isGreaterThan(0.8);
  }
}
