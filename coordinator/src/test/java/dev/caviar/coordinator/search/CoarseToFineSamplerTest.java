package dev.caviar.coordinator.search;

import static dev.caviar.coordinator.search.Spaces.NO_HISTORY;
import static dev.caviar.coordinator.search.Spaces.always;
import static dev.caviar.coordinator.search.Spaces.completed;
import static dev.caviar.coordinator.search.Spaces.failed;
import static dev.caviar.coordinator.search.Spaces.number;
import static dev.caviar.coordinator.search.Spaces.real;
import static dev.caviar.coordinator.search.Spaces.running;
import static dev.caviar.coordinator.search.Spaces.sampled;
import static dev.caviar.coordinator.search.Spaces.space;
import static dev.caviar.coordinator.search.Spaces.stage;
import static dev.caviar.coordinator.search.Spaces.when;
import static dev.caviar.coordinator.search.Spaces.whole;
import static dev.caviar.coordinator.search.Spaces.word;
import static dev.caviar.coordinator.search.Spaces.words;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.caviar.coordinator.search.History.TrialRecord;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.Scale;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CoarseToFineSamplerTest {
  private static final SearchSpace SPACE =
      space(
          always("learning_rate", real(Scale.LOG, 1e-5, 1)),
          always("beta", real(Scale.ONE_MINUS_LOG, 0.5, 0.9999)),
          always("units", whole(Scale.LOG, 4, 1024)),
          always("activation", words("tanh", "relu")));

  /** Best, 0, at a learning rate of 0.02, a β of 0.97, 100 units and relu. */
  private static double bowl(Point point) {
    double rate = Math.log10(number(point, "learning_rate") / 0.02);
    double beta = Math.log10((1 - number(point, "beta")) / 0.03);
    double units = Math.log(number(point, "units") / 100);
    boolean relu = point.values().containsValue(Spaces.word("relu"));
    return rate * rate + beta * beta + units * units / 4 + (relu ? 0 : 0.3);
  }

  private static CoarseToFineSampler sampler(
      SearchSpace space, int trials, long seed, int stages, double keep) {
    return new CoarseToFineSampler(space, new Search.CoarseToFine(trials, seed, stages, keep));
  }

  private static CoarseToFineSampler sampler(long seed) {
    return sampler(SPACE, 60, seed, 3, 0.2);
  }

  /** A history of the first {@code trials} points, with what {@code end} makes of each trial. */
  private static History firstStage(
      Sampler sampler, int trials, Function<Integer, Function<Point, TrialRecord>> end) {
    return new History(
        IntStream.range(0, trials)
            .mapToObj(trial -> end.apply(trial).apply(sampled(sampler, trial, NO_HISTORY)))
            .toList(),
        true);
  }

  private static Stage stageAt(Sampler sampler, int trial, History history) {
    return Objects.requireNonNull(stage(sampler, trial, history));
  }

  private static double best(History history) {
    return history.trials().stream()
        .mapToDouble(t -> Objects.requireNonNull(t.objective()))
        .min()
        .orElseThrow();
  }

  @Test
  void findsBetterPointsThanRandomSearch() {
    int won = 0;
    double coarseToFine = 0;
    double random = 0;
    for (long seed = 0; seed < 20; seed++) {
      double ours = best(Spaces.run(sampler(seed), 60, CoarseToFineSamplerTest::bowl));
      Sampler atRandom = new RandomSampler(SPACE, new Search.Random(60, seed));
      double theirs = best(Spaces.run(atRandom, 60, CoarseToFineSamplerTest::bowl));
      won += ours < theirs ? 1 : 0;
      coarseToFine += ours;
      random += theirs;
    }

    assertThat(won).isGreaterThanOrEqualTo(16);
    assertThat(coarseToFine).isLessThan(random / 2);
  }

  @Test
  void largerIsBetterWhereItIs() {
    Sampler sampler = sampler(1);
    History minimize = Spaces.run(sampler, 20, CoarseToFineSamplerTest::bowl);
    List<TrialRecord> negated =
        minimize.trials().stream()
            .map(t -> completed(t.trial(), t.point(), -Objects.requireNonNull(t.objective())))
            .toList();

    assertThat(sampler.propose(20, new History(negated, false)))
        .isEqualTo(sampler.propose(20, minimize));
    assertThat(stageAt(sampler, 20, new History(minimize.trials(), false)))
        .isNotEqualTo(stageAt(sampler, 20, minimize));
  }

  @Test
  void dividesTrialsEvenlyWithTheRestInTheFirstStage() {
    Sampler sampler = sampler(SPACE, 62, 1, 3, 0.2);
    History history = Spaces.run(sampler, 62, CoarseToFineSamplerTest::bowl);

    assertThat(IntStream.range(0, 62).mapToObj(t -> stageAt(sampler, t, history)).distinct())
        .extracting(Stage::number, Stage::firstTrial, Stage::trials)
        .containsExactly(tuple(1, 0, 22), tuple(2, 22, 20), tuple(3, 42, 20));
    assertThat(sampler.propose(62, history)).isEqualTo(new Proposal.Exhausted());
  }

  @Test
  void moreStagesThanTrialsIsOneStage() {
    Sampler sampler = sampler(SPACE, 2, 1, 5, 0.2);

    assertThat(stageAt(sampler, 1, NO_HISTORY).trials()).isEqualTo(2);
    assertThat(sampler.propose(2, NO_HISTORY)).isEqualTo(new Proposal.Exhausted());
  }

  @Test
  void theFirstStageIsTheWholeSpaceAndNeedsNoHistory() {
    Stage stage = stageAt(sampler(1), 19, NO_HISTORY);

    assertThat(stage.drawnFrom()).isEmpty();
    assertThat(stage.sides())
        .extracting(Stage.Side::domain)
        .isEqualTo(SPACE.dimensions().stream().map(d -> d.domain()).toList());
  }

  @Test
  void boxesShrinkAroundTheBestTrials() {
    Sampler sampler = sampler(3);
    History history = Spaces.run(sampler, 60, CoarseToFineSamplerTest::bowl);
    Stage second = stageAt(sampler, 20, history);
    Stage third = stageAt(sampler, 40, history);

    List<Integer> bestOf20 =
        history.trials().subList(0, 20).stream()
            .sorted(Comparator.comparing(t -> Objects.requireNonNull(t.objective())))
            .map(TrialRecord::trial)
            .limit(4)
            .toList();
    assertThat(second.drawnFrom()).isEqualTo(bestOf20);
    assertThat(third.drawnFrom()).hasSize(8);
    for (int i = 0; i < 2; i++) {
      Domain.RealRange whole = (Domain.RealRange) SPACE.dimensions().get(i).domain();
      Domain.RealRange before = (Domain.RealRange) second.sides().get(i).domain();
      Domain.RealRange after = (Domain.RealRange) third.sides().get(i).domain();
      assertThat(length(before)).isLessThan(length(whole));
      assertThat(length(after)).isLessThan(length(before));
    }
    assertThat(second.sides()).noneMatch(Stage.Side::widened);
  }

  private static double length(Domain.RealRange range) {
    return range.scale() == Scale.LOG
        ? Math.log(range.max() / range.min())
        : Math.log((1 - range.min()) / (1 - range.max()));
  }

  @Test
  void theSameStageComesWithEachOfItsTrials() {
    Sampler sampler = sampler(3);
    History history = Spaces.run(sampler, 60, CoarseToFineSamplerTest::bowl);
    History atItsStart = new History(history.trials().subList(0, 20), true);

    for (int trial = 20; trial < 40; trial++) {
      assertThat(stageAt(sampler, trial, history)).isEqualTo(stageAt(sampler(3), 20, atItsStart));
    }
  }

  @Test
  void theOrderOfQuestionsDoesNotMatter() {
    Sampler sampler = sampler(9);
    History history = Spaces.run(sampler, 60, CoarseToFineSamplerTest::bowl);
    History other = Spaces.run(sampler, 60, point -> -bowl(point));
    List<Point> points = history.trials().stream().map(TrialRecord::point).toList();

    for (int i = 0; i < 240; i++) {
      int trial = (i * 37) % 60;
      assertThat(sampled(sampler, trial, history)).isEqualTo(points.get(trial));
      assertThat(sampled(sampler, trial, other)).isEqualTo(other.trials().get(trial).point());
    }
  }

  @Test
  void waitsUntilAllTrialsOfEarlierStagesHaveEnded() {
    Sampler sampler = sampler(1);
    History ended = firstStage(sampler, 20, t -> p -> completed(t, p, bowl(p)));
    History oneRuns =
        firstStage(sampler, 20, t -> p -> t == 4 ? running(t, p) : completed(t, p, bowl(p)));
    List<TrialRecord> later = new ArrayList<>(ended.trials());
    later.add(running(20, sampled(sampler, 20, ended)));

    assertThat(sampler.propose(20, NO_HISTORY)).isInstanceOf(Proposal.Wait.class);
    assertThat(sampler.propose(20, oneRuns))
        .isEqualTo(new Proposal.Wait("stage 2 of 3 starts when 1 more trials have ended"));
    assertThat(sampler.propose(39, oneRuns)).isInstanceOf(Proposal.Wait.class);
    // Those of its own stage may still run.
    assertThat(stageAt(sampler, 21, new History(later, true)))
        .isEqualTo(stageAt(sampler, 20, ended));
  }

  @Test
  void failedTrialsAreNotDrawnFrom() {
    Sampler sampler = sampler(1);
    History history =
        firstStage(sampler, 20, t -> p -> t % 5 == 0 ? completed(t, p, 20 - t) : failed(t, p));

    assertThat(stageAt(sampler, 20, history).drawnFrom()).containsExactly(15, 10, 5, 0);
    History two = firstStage(sampler, 20, t -> p -> t < 2 ? completed(t, p, 1) : failed(t, p));
    assertThat(stageAt(sampler, 20, two).drawnFrom()).containsExactly(0, 1);
  }

  @Test
  void aSideStaysWhereOnlyOneOfTheBestHasAValue() {
    SearchSpace space =
        space(
            always("optimizer", words("momentum", "adam")),
            when("momentum", real(Scale.ONE_MINUS_LOG, 0.9, 0.999), "optimizer", word("momentum")));
    Sampler sampler = sampler(space, 60, 1, 3, 0.15);
    // The three best are trials with adam but for so many with momentum.
    for (int withMomentum = 0; withMomentum < 3; withMomentum++) {
      int[] left = {withMomentum, 3 - withMomentum};
      History history =
          firstStage(
              sampler,
              20,
              t ->
                  p -> {
                    int kind = p.values().containsKey("momentum") ? 0 : 1;
                    return completed(t, p, left[kind]-- > 0 ? 0 : 1);
                  });
      Stage stage = stageAt(sampler, 20, history);

      assertThat(stage.drawnFrom()).hasSize(3);
      if (withMomentum < 2) {
        assertThat(stage.sides().get(1).domain()).isEqualTo(space.dimensions().get(1).domain());
      } else {
        assertThat(stage.sides().get(1).domain()).isNotEqualTo(space.dimensions().get(1).domain());
      }
    }
  }

  @Test
  void objectivesThatAreNoNumbersAreFailures() {
    Sampler sampler = sampler(1);
    History history = firstStage(sampler, 20, t -> p -> completed(t, p, t < 18 ? Double.NaN : 1));

    assertThat(stageAt(sampler, 20, history).drawnFrom()).containsExactly(18, 19);
  }

  @Test
  void theBoxStaysWhereAllFailed() {
    Sampler sampler = sampler(1);
    Stage stage = stageAt(sampler, 20, firstStage(sampler, 20, t -> p -> failed(t, p)));

    assertThat(stage.drawnFrom()).isEmpty();
    assertThat(stage.sides()).isEqualTo(stageAt(sampler, 0, NO_HISTORY).sides());
  }

  @Test
  void equalTrialsGoByTheirNumbersAndAtLeastThreeAreKept() {
    Sampler sampler = sampler(SPACE, 60, 1, 3, 0.01);

    assertThat(
            stageAt(sampler, 20, firstStage(sampler, 20, t -> p -> completed(t, p, 1))).drawnFrom())
        .containsExactly(0, 1, 2);
  }

  @Test
  void followsTheBestTrialsBeyondTheSpaceOnlyWhereItMay() {
    // Best at 10, far beyond the space.
    Domain.RealRange range = real(Scale.LINEAR, 0, 1);
    SearchSpace fixed = space(always("x", range));
    SearchSpace wide = space(Spaces.widening("x", range, real(Scale.LINEAR, 0, 1.5)));

    for (long seed = 0; seed < 10; seed++) {
      History inside = Spaces.run(sampler(fixed, 100, seed, 5, 0.2), 100, p -> 10 - number(p, "x"));
      History beyond = Spaces.run(sampler(wide, 100, seed, 5, 0.2), 100, p -> 10 - number(p, "x"));

      assertThat(inside.trials())
          .allMatch(t -> t.point().values().values().stream().allMatch(range::contains));
      // 9 is the best there is inside, 8.5 the best within the limit.
      assertThat(best(beyond)).isGreaterThanOrEqualTo(8.5).isLessThan(9);
      Sampler sampler = sampler(wide, 100, seed, 5, 0.2);
      assertThat(stageAt(sampler, 0, beyond).sides()).noneMatch(Stage.Side::widened);
      assertThat(IntStream.range(20, 100).mapToObj(t -> stageAt(sampler, t, beyond)))
          .anyMatch(stage -> stage.sides().getFirst().hitUpperEdge())
          .anyMatch(stage -> stage.sides().getFirst().widened());
    }
  }

  private static CoarseToFineSampler counting(long seed) {
    return new CoarseToFineSampler(SPACE, new Search.CoarseToFine(60, seed, 3, 0.2, true));
  }

  @Test
  void trialsInTheBoxBeforeItsStageCountAsItsOwnWhereAsked() {
    for (long seed = 0; seed < 10; seed++) {
      History history = Spaces.run(counting(seed), 60, CoarseToFineSamplerTest::bowl);
      List<Stage> stages = new ArrayList<>();
      for (int trial = 0; trial < 60; trial++) {
        Stage stage = stageAt(counting(seed), trial, history);
        assertThat(trial).isBetween(stage.firstTrial(), stage.firstTrial() + stage.trials() - 1);
        if (stages.isEmpty() || !stages.getLast().equals(stage)) {
          stages.add(stage);
        }
      }

      assertThat(stages).extracting(Stage::number).containsExactly(1, 2, 3);
      Stage second = stages.get(1);
      long inside = history.trials().subList(0, 20).stream().filter(second::contains).count();
      // The box holds at least those it was drawn around.
      assertThat(inside).isGreaterThanOrEqualTo(4);
      assertThat(second.trials()).isEqualTo((int) Math.max(20 - inside, 1));
      assertThat(stages.getFirst().trials() + second.trials() + stages.getLast().trials())
          .isEqualTo(60);
    }
  }

  @Test
  void countingFollowsFromTheHistoryAlone() {
    Sampler sampler = counting(9);
    History history = Spaces.run(sampler, 60, CoarseToFineSamplerTest::bowl);
    History other = Spaces.run(sampler, 60, point -> -bowl(point));

    for (int i = 0; i < 240; i++) {
      int trial = (i * 37) % 60;
      assertThat(sampled(sampler, trial, history)).isEqualTo(history.trials().get(trial).point());
      assertThat(sampled(sampler, trial, other)).isEqualTo(other.trials().get(trial).point());
    }
    History first = new History(history.trials().subList(0, 20), true);
    List<TrialRecord> oneRuns = new ArrayList<>(first.trials());
    oneRuns.set(4, running(4, first.trials().get(4).point()));
    assertThat(sampler.propose(20, new History(oneRuns, true)))
        .isEqualTo(new Proposal.Wait("stage 2 of 3 starts when 1 more trials have ended"));
    assertThat(sampler.propose(20, first)).isEqualTo(counting(9).propose(20, history));
  }
}
