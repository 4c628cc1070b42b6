package dev.caviar.coordinator.search;

import static dev.caviar.coordinator.search.Spaces.always;
import static dev.caviar.coordinator.search.Spaces.completed;
import static dev.caviar.coordinator.search.Spaces.failed;
import static dev.caviar.coordinator.search.Spaces.number;
import static dev.caviar.coordinator.search.Spaces.real;
import static dev.caviar.coordinator.search.Spaces.sampled;
import static dev.caviar.coordinator.search.Spaces.space;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.coordinator.search.History.Status;
import dev.caviar.coordinator.search.History.TrialRecord;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.Scale;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What samplers learn from a trial that broke a constraint. */
class InfeasibleTrialsTest {
  private static final int TRIALS = 40;
  private static final double WORST = 1_000;
  private static final double GOOD = 0.05;
  private static final SearchSpace SPACE =
      space(always("x", real(Scale.LINEAR, 0, 1)), always("y", real(Scale.LINEAR, 0, 1)));

  private static Stream<Sampler> thatSeeByHowMuch() {
    return Stream.of(
        new TpeSampler(SPACE, new Search.Tpe(2 * TRIALS, 1, 10, 24)),
        new CmaEsSampler(SPACE, new Search.CmaEs(2 * TRIALS, 1, 8, 0.3)));
  }

  private static Stream<Sampler> thatSeeNone() {
    return Stream.of(
        new CoarseToFineSampler(SPACE, new Search.CoarseToFine(2 * TRIALS, 1, 2, 0.2)),
        new GaussianProcessSampler(SPACE, new Search.GaussianProcess(2 * TRIALS, 1, 10)));
  }

  private static double bowl(Point point) {
    return Math.pow(number(point, "x") - 0.3, 2) + Math.pow(number(point, "y") - 0.8, 2);
  }

  private static TrialRecord infeasible(int trial, Point point) {
    return new TrialRecord(
        trial,
        point,
        Status.INFEASIBLE,
        null,
        Collections.emptySortedMap(),
        bowl(point),
        List.of());
  }

  /** Of a history the trials that are better than a loss changed, and the others as they are. */
  private static History changed(
      History history, double better, UnaryOperator<TrialRecord> change) {
    return new History(
        history.trials().stream().map(t -> bowl(t.point()) < better ? change.apply(t) : t).toList(),
        true);
  }

  @ParameterizedTest
  @MethodSource("thatSeeByHowMuch")
  void theLessItBreaksThemTheBetterIfNoneKeepsToThem(Sampler sampler) {
    History all = Spaces.run(sampler, TRIALS, InfeasibleTrialsTest::bowl);

    assertThat(sampled(sampler, TRIALS, changed(all, WORST, t -> infeasible(t.trial(), t.point()))))
        .isEqualTo(sampled(sampler, TRIALS, all));
  }

  @ParameterizedTest
  @MethodSource("thatSeeByHowMuch")
  void itIsWorseThanAllThatKeepToThem(Sampler sampler) {
    History all = Spaces.run(sampler, TRIALS, InfeasibleTrialsTest::bowl);

    assertThat(sampled(sampler, TRIALS, changed(all, GOOD, t -> infeasible(t.trial(), t.point()))))
        .isEqualTo(
            sampled(
                sampler,
                TRIALS,
                changed(all, GOOD, t -> completed(t.trial(), t.point(), WORST + bowl(t.point())))))
        .isNotEqualTo(sampled(sampler, TRIALS, all));
  }

  @ParameterizedTest
  @MethodSource("thatSeeNone")
  void forOthersItHasFailed(Sampler sampler) {
    History all = Spaces.run(sampler, TRIALS, InfeasibleTrialsTest::bowl);

    assertThat(sampled(sampler, TRIALS, changed(all, GOOD, t -> infeasible(t.trial(), t.point()))))
        .isEqualTo(sampled(sampler, TRIALS, changed(all, GOOD, t -> failed(t.trial(), t.point()))));
  }
}
