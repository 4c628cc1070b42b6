package dev.caviar.coordinator.search;

import static dev.caviar.coordinator.search.Spaces.always;
import static dev.caviar.coordinator.search.Spaces.number;
import static dev.caviar.coordinator.search.Spaces.real;
import static dev.caviar.coordinator.search.Spaces.sampled;
import static dev.caviar.coordinator.search.Spaces.space;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.coordinator.search.History.TrialRecord;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.Scale;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What samplers learn from a trial that was stopped early; of TPE see its own test. */
class StoppedTrialsTest {
  private static final int TRIALS = 30;
  private static final SearchSpace SPACE =
      space(always("x", real(Scale.LINEAR, 0, 1)), always("y", real(Scale.LINEAR, 0, 1)));

  private static Stream<Arguments> samplers() {
    return Stream.of(
        Arguments.of(
            new CoarseToFineSampler(SPACE, new Search.CoarseToFine(2 * TRIALS, 1, 2, 0.2))),
        Arguments.of(new CmaEsSampler(SPACE, new Search.CmaEs(2 * TRIALS, 1, 6, 0.3))),
        Arguments.of(
            new GaussianProcessSampler(SPACE, new Search.GaussianProcess(2 * TRIALS, 1, 10))));
  }

  private static double bowl(Point point) {
    return Math.pow(number(point, "x") - 0.3, 2) + Math.pow(number(point, "y") - 0.8, 2);
  }

  @ParameterizedTest
  @MethodSource("samplers")
  void theObjectiveAtItsLastRungIsItsResult(Sampler sampler) {
    History completed = Spaces.run(sampler, TRIALS, StoppedTrialsTest::bowl);
    History stopped =
        twoThirds(completed, trial -> stopped(trial, Map.of(1, 9.0, 3, bowl(trial.point()))));

    assertThat(sampled(sampler, TRIALS, stopped))
        .isEqualTo(sampled(sampler, TRIALS, completed))
        .isNotEqualTo(sampled(sampler, TRIALS, twoThirds(completed, StoppedTrialsTest::failed)));
  }

  @ParameterizedTest
  @MethodSource("samplers")
  void oneThatIsNoNumberHasFailed(Sampler sampler) {
    History completed = Spaces.run(sampler, TRIALS, StoppedTrialsTest::bowl);
    History stopped = twoThirds(completed, trial -> stopped(trial, Map.of(1, Double.NaN)));

    assertThat(sampled(sampler, TRIALS, stopped))
        .isEqualTo(sampled(sampler, TRIALS, twoThirds(completed, StoppedTrialsTest::failed)));
  }

  /** The history with another end of two of three trials. */
  private static History twoThirds(History completed, UnaryOperator<TrialRecord> end) {
    return new History(
        completed.trials().stream()
            .map(trial -> trial.trial() % 3 == 0 ? trial : end.apply(trial))
            .toList(),
        completed.minimize());
  }

  private static TrialRecord failed(TrialRecord trial) {
    return Spaces.failed(trial.trial(), trial.point());
  }

  private static TrialRecord stopped(TrialRecord trial, Map<Integer, Double> rungs) {
    return new TrialRecord(
        trial.trial(), trial.point(), History.Status.STOPPED, null, new TreeMap<>(rungs));
  }
}
