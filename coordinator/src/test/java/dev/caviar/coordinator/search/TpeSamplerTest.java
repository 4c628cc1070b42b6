package dev.caviar.coordinator.search;

import static dev.caviar.coordinator.search.Spaces.always;
import static dev.caviar.coordinator.search.Spaces.completed;
import static dev.caviar.coordinator.search.Spaces.failed;
import static dev.caviar.coordinator.search.Spaces.number;
import static dev.caviar.coordinator.search.Spaces.real;
import static dev.caviar.coordinator.search.Spaces.running;
import static dev.caviar.coordinator.search.Spaces.sampled;
import static dev.caviar.coordinator.search.Spaces.space;
import static dev.caviar.coordinator.search.Spaces.when;
import static dev.caviar.coordinator.search.Spaces.whole;
import static dev.caviar.coordinator.search.Spaces.word;
import static dev.caviar.coordinator.search.Spaces.words;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.coordinator.search.History.Status;
import dev.caviar.coordinator.search.History.TrialRecord;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.Scale;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.LongFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class TpeSamplerTest {
  private static final SearchSpace LINE = space(always("x", real(Scale.LINEAR, 0, 1)));

  private static final SearchSpace PLANE =
      space(always("x", real(Scale.LINEAR, -5, 10)), always("y", real(Scale.LINEAR, 0, 15)));

  private static TpeSampler sampler(SearchSpace space, long seed) {
    return new TpeSampler(space, new Search.Tpe(1_000, seed, 10, 24));
  }

  private static double sphere(Point point) {
    return point.values().keySet().stream()
        .mapToDouble(n -> number(point, n))
        .map(x -> x * x)
        .sum();
  }

  /** Dixon and Szegö, 1978: three minima of 0.397887. */
  private static double branin(Point point) {
    double x = number(point, "x");
    double y = number(point, "y");
    double bend = y - 5.1 / (4 * Math.PI * Math.PI) * x * x + 5 / Math.PI * x - 6;
    return bend * bend + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10;
  }

  private static double best(History history) {
    return history.trials().stream()
        .mapToDouble(t -> Objects.requireNonNull(t.objective()))
        .min()
        .orElseThrow();
  }

  private static double median(
      LongFunction<Sampler> samplers, int trials, ToDoubleFunction<Point> objective) {
    double[] bests =
        LongStream.range(0, 30)
            .mapToDouble(seed -> best(Spaces.run(samplers.apply(seed), trials, objective)))
            .sorted()
            .toArray();
    return (bests[14] + bests[15]) / 2;
  }

  /** Trials at evenly spaced points of the line, as good as they are near 0.2. */
  private static List<TrialRecord> line(int trials) {
    return IntStream.range(0, trials)
        .mapToObj(i -> completed(i, at((i + 0.5) / trials), Math.abs((i + 0.5) / trials - 0.2)))
        .toList();
  }

  private static Point at(double x) {
    return UnitCube.point(LINE, new double[] {x});
  }

  /** Where trials are drawn, over many seeds. */
  private static double[] draws(List<TrialRecord> trials, boolean minimize) {
    return LongStream.range(0, 200)
        .mapToDouble(
            seed ->
                number(
                    sampled(sampler(LINE, seed), trials.size(), new History(trials, minimize)),
                    "x"))
        .toArray();
  }

  private static double near(double[] draws, double x) {
    return Arrays.stream(draws).filter(d -> Math.abs(d - x) < 0.1).count() / (double) draws.length;
  }

  @Test
  void findsTheMinimumOfASphereBetterThanRandom() {
    SearchSpace space =
        space(
            always("a", real(Scale.LINEAR, -5, 10)),
            always("b", real(Scale.LINEAR, -5, 10)),
            always("c", real(Scale.LINEAR, -5, 10)));
    double tpe = median(seed -> sampler(space, seed), 60, TpeSamplerTest::sphere);
    double random =
        median(
            seed -> new RandomSampler(space, new Search.Random(60, seed)),
            60,
            TpeSamplerTest::sphere);

    assertThat(tpe).isLessThan(random / 5);
  }

  @Test
  void findsTheMinimaOfBraninBetterThanRandom() {
    double tpe = median(seed -> sampler(PLANE, seed), 60, TpeSamplerTest::branin) - 0.397887;
    double random =
        median(
                seed -> new RandomSampler(PLANE, new Search.Random(60, seed)),
                60,
                TpeSamplerTest::branin)
            - 0.397887;

    assertThat(tpe).isBetween(0.0, random / 2);
  }

  @Test
  void findsTheBestOfConditionalChoices() {
    SearchSpace space =
        space(
            always("optimizer", words("sgd", "momentum", "adam")),
            when("beta", real(Scale.ONE_MINUS_LOG, 0.9, 0.999), "optimizer", word("momentum")),
            always("layers", whole(Scale.LINEAR, 1, 4)),
            always("units", whole(Scale.LOG, 16, 512)));
    ToDoubleFunction<Point> objective =
        p ->
            (word("momentum").equals(p.values().get("optimizer"))
                    ? Math.abs(Math.log10(1 - number(p, "beta")) + 2)
                    : 2)
                + Math.abs(number(p, "layers") - 3)
                + Math.abs(Math.log(number(p, "units") / 100));
    double tpe = median(seed -> sampler(space, seed), 60, objective);
    double random =
        median(seed -> new RandomSampler(space, new Search.Random(60, seed)), 60, objective);

    assertThat(tpe).isLessThan(random / 2);
  }

  @Test
  void drawsWhereGoodTrialsAre() {
    double[] draws = draws(line(40), true);

    assertThat(near(draws, 0.2)).isGreaterThan(0.8);
  }

  @Test
  void maximizesWhereLargerIsBetter() {
    List<TrialRecord> trials =
        line(40).stream()
            .map(t -> completed(t.trial(), t.point(), -Objects.requireNonNull(t.objective())))
            .toList();

    assertThat(draws(trials, false)).isEqualTo(draws(line(40), true));
  }

  @Test
  void keepsAwayFromWhatFails() {
    // Whatever lies below a half diverges: what is left of the good lies just above.
    List<TrialRecord> trials =
        line(40).stream()
            .map(t -> number(t.point(), "x") < 0.5 ? failed(t.trial(), t.point()) : t)
            .toList();
    double[] draws = draws(trials, true);

    assertThat(Arrays.stream(draws).filter(x -> x > 0.5 && x < 0.7).count()).isGreaterThan(150);
  }

  @Test
  void anObjectiveThatIsNoNumberCountsAsFailed() {
    List<TrialRecord> failing = new ArrayList<>(line(40));
    List<TrialRecord> without = new ArrayList<>(line(40));
    for (int i : new int[] {3, 8, 9}) {
      failing.set(i, failed(i, failing.get(i).point()));
      without.set(i, completed(i, without.get(i).point(), Double.NaN));
    }

    assertThat(draws(without, true)).isEqualTo(draws(failing, true));
  }

  /** One wants x at 0.2 and the other at 0.8: good is what lies between. */
  @Test
  void withTwoObjectivesDrawsOnTheFront() {
    List<TrialRecord> trials =
        line(40).stream()
            .map(
                t ->
                    new TrialRecord(
                        t.trial(),
                        t.point(),
                        Status.COMPLETED,
                        Math.abs(number(t.point(), "x") - 0.2),
                        new TreeMap<>(),
                        0,
                        List.of(Math.abs(number(t.point(), "x") - 0.8))))
            .toList();
    double[] draws = draws(trials, true);

    assertThat(Arrays.stream(draws).filter(x -> x > 0.15 && x < 0.85).count())
        .isGreaterThan((long) (0.9 * draws.length));
    assertThat(Arrays.stream(draws).filter(x -> x < 0.4).count()).isPositive();
    assertThat(Arrays.stream(draws).filter(x -> x > 0.6).count()).isPositive();
  }

  @Test
  void keepsAwayFromTrialsThatStillRun() {
    List<TrialRecord> trials = new ArrayList<>(line(40));
    double alone = near(draws(trials, true), 0.2);
    for (int i = 0; i < 12; i++) {
      trials.add(running(40 + i, at(0.19 + i * 0.002)));
    }

    assertThat(near(draws(trials, true), 0.2)).isLessThan(alone / 2);
  }

  @Test
  void drawsAtRandomUntilEnoughTrialsHaveEnded() {
    RandomSampler random = new RandomSampler(PLANE, new Search.Random(1_000, 5));
    TpeSampler tpe = sampler(PLANE, 5);
    List<TrialRecord> trials = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      Point point = sampled(tpe, i, new History(trials, true));
      boolean learnt = i >= 19;
      assertThat(point.equals(sampled(random, i, Spaces.NO_HISTORY))).isEqualTo(!learnt);
      // Every second is still running.
      trials.add(i % 2 == 0 ? completed(i, point, branin(point)) : running(i, point));
      assertThat(i >= tpe.independentOfResults() || !learnt).isTrue();
    }
  }

  @Test
  void drawsAtRandomAsLongAsAllFail() {
    List<TrialRecord> trials = line(40).stream().map(t -> failed(t.trial(), t.point())).toList();
    RandomSampler random = new RandomSampler(LINE, new Search.Random(1_000, 1));

    assertThat(sampled(sampler(LINE, 1), 40, new History(trials, true)))
        .isEqualTo(sampled(random, 40, Spaces.NO_HISTORY));
  }

  @Test
  void whatWasAskedBeforeDoesNotMatter() {
    TpeSampler used = sampler(PLANE, 3);
    History history = Spaces.run(used, 60, TpeSamplerTest::branin);
    History other = Spaces.run(used, 40, p -> -TpeSamplerTest.branin(p));
    List<TrialRecord> mixed = new ArrayList<>(history.trials().subList(0, 30));
    mixed.addAll(other.trials().subList(30, 40));
    for (History asked : List.of(history, other, new History(mixed, true), history)) {
      for (int trial : new int[] {25, 40, 12}) {
        assertThat(sampled(used, trial, asked)).isEqualTo(sampled(sampler(PLANE, 3), trial, asked));
      }
    }
    // Trials that came later do not matter either.
    assertThat(sampled(used, 30, history)).isEqualTo(history.trials().get(30).point());
  }

  @Test
  void pointsAreTheSameInEveryVersion() {
    SearchSpace space =
        space(always("x", real(Scale.LINEAR, 0, 1)), always("n", whole(Scale.LINEAR, 0, 9)));
    History history = Spaces.run(sampler(space, 2024), 20, p -> number(p, "x") + number(p, "n"));

    // A sweep that was begun with one version must go on with the next.
    assertThat(history.trials().getLast().point().values())
        .hasToString("{x=Real[value=0.3868368551942917], n=Whole[value=2]}");
  }

  @Test
  void endsAfterTheLastTrial() {
    TpeSampler sampler = new TpeSampler(space(), new Search.Tpe(20, 1, 10, 24));

    assertThat(Spaces.run(sampler, 20, p -> 1).trials()).hasSize(20);
    assertThat(sampler.propose(20, Spaces.NO_HISTORY)).isEqualTo(new Proposal.Exhausted());
  }

  private static TrialRecord stopped(int trial, double x, Map<Integer, Double> rungs) {
    return new TrialRecord(trial, at(x), Status.STOPPED, null, new TreeMap<>(rungs));
  }

  private static TrialRecord atRungs(int trial, double x, Map<Integer, Double> rungs) {
    return new TrialRecord(trial, at(x), Status.RUNNING, null, new TreeMap<>(rungs));
  }

  /** After epoch 1 trials look good near 0.8, after epoch 3 near 0.2. */
  private static List<TrialRecord> misleading(int reachedThree) {
    List<TrialRecord> trials = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      double x = (i * 7 % 40 + 0.5) / 40;
      Map<Integer, Double> rungs = new TreeMap<>(Map.of(1, Math.abs(x - 0.8)));
      if (i < reachedThree) {
        rungs.put(3, Math.abs(x - 0.2));
        trials.add(atRungs(i, x, rungs));
      } else {
        trials.add(stopped(i, x, rungs));
      }
    }
    return trials;
  }

  /** BOHB, algorithm 2: the largest budget with enough observations. */
  @Test
  void learnsFromTheHighestRungThatEnoughTrialsReached() {
    double[] few = draws(misleading(9), true);
    double[] enough = draws(misleading(12), true);

    assertThat(near(few, 0.8)).isGreaterThan(0.4).isGreaterThan(2 * near(few, 0.2));
    assertThat(near(enough, 0.2)).isGreaterThan(0.4).isGreaterThan(2 * near(enough, 0.8));
  }

  @Test
  void aRungTellsAsMuchAsAWholeTrialWould() {
    List<TrialRecord> whole = line(30);
    List<TrialRecord> rungs =
        whole.stream()
            .map(
                trial ->
                    atRungs(
                        trial.trial(),
                        number(trial.point(), "x"),
                        Map.of(3, Objects.requireNonNull(trial.objective()))))
            .toList();

    assertThat(draws(rungs, true)).isEqualTo(draws(whole, true));
  }

  @Test
  void trialsStoppedBelowTheRungAreLeftOut() {
    List<TrialRecord> reached = misleading(12).subList(0, 12);
    List<TrialRecord> here = new ArrayList<>(reached);
    here.add(stopped(12, 0.2, Map.of(1, 0.9)));
    List<TrialRecord> there = new ArrayList<>(reached);
    there.add(stopped(12, 0.9, Map.of(1, 0.9)));
    List<TrialRecord> failed = new ArrayList<>(reached);
    failed.add(failed(12, at(0.2)));

    assertThat(draws(here, true)).isEqualTo(draws(there, true));
    assertThat(draws(here, true)).isNotEqualTo(draws(failed, true));
  }
}
