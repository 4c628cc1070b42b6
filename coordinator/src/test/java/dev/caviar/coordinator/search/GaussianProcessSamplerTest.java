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

import dev.caviar.coordinator.search.History.TrialRecord;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.Scale;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.LongFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class GaussianProcessSamplerTest {
  private static final SearchSpace LINE = space(always("x", real(Scale.LINEAR, 0, 1)));

  private static final SearchSpace PLANE =
      space(always("x", real(Scale.LINEAR, -5, 10)), always("y", real(Scale.LINEAR, 0, 15)));

  private static GaussianProcessSampler sampler(SearchSpace space, long seed) {
    return new GaussianProcessSampler(space, new Search.GaussianProcess(1_000, seed, 10));
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
        LongStream.range(0, 10)
            .mapToDouble(seed -> best(Spaces.run(samplers.apply(seed), trials, objective)))
            .sorted()
            .toArray();
    return (bests[4] + bests[5]) / 2;
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
    return LongStream.range(0, 20)
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
    double process = median(seed -> sampler(space, seed), 30, GaussianProcessSamplerTest::sphere);
    double random =
        median(
            seed -> new RandomSampler(space, new Search.Random(30, seed)),
            30,
            GaussianProcessSamplerTest::sphere);

    assertThat(process).isLessThan(random / 5);
  }

  @Test
  void findsTheMinimaOfBraninBetterThanRandom() {
    double process =
        median(seed -> sampler(PLANE, seed), 30, GaussianProcessSamplerTest::branin) - 0.397887;
    double random =
        median(
                seed -> new RandomSampler(PLANE, new Search.Random(30, seed)),
                30,
                GaussianProcessSamplerTest::branin)
            - 0.397887;

    assertThat(process).isBetween(0.0, random / 2);
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
    double process = median(seed -> sampler(space, seed), 30, objective);
    double random =
        median(seed -> new RandomSampler(space, new Search.Random(30, seed)), 30, objective);

    assertThat(process).isLessThan(random / 2);
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

    assertThat(Arrays.stream(draws).filter(x -> x > 0.48 && x < 0.6).count()).isGreaterThan(15);
  }

  @Test
  void anObjectiveThatIsNoNumberOrEndlessCountsAsFailed() {
    List<TrialRecord> failing = new ArrayList<>(line(40));
    List<TrialRecord> without = new ArrayList<>(line(40));
    for (int i : new int[] {3, 8, 9}) {
      failing.set(i, failed(i, failing.get(i).point()));
      double objective = i == 3 ? Double.NaN : i == 8 ? 1e300 : Double.NEGATIVE_INFINITY;
      without.set(i, completed(i, without.get(i).point(), objective));
    }

    assertThat(draws(without, true)).isEqualTo(draws(failing, true));
  }

  @Test
  void keepsAwayFromTrialsThatStillRun() {
    int away = 0;
    for (int seed = 0; seed < 10; seed++) {
      GaussianProcessSampler sampler = sampler(PLANE, seed);
      List<TrialRecord> trials =
          new ArrayList<>(Spaces.run(sampler, 12, GaussianProcessSamplerTest::branin).trials());
      Point alone = sampled(sampler, 12, new History(trials, true));
      trials.add(running(12, alone));
      Point other = sampled(sampler, 13, new History(trials, true));
      double apart =
          Math.hypot(
              number(alone, "x") - number(other, "x"), number(alone, "y") - number(other, "y"));
      away += apart > 0.5 ? 1 : 0;
    }

    assertThat(away).isGreaterThanOrEqualTo(8);
  }

  @Test
  void learnsFromSomeOfManyTrials() {
    List<TrialRecord> trials = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      double x = i * 0.6180339887498949 % 1;
      trials.add(completed(i, at(x), (x - 0.2) * (x - 0.2)));
    }
    for (int i = 400; i < 460; i++) {
      trials.add(running(i, at(i / 460.0)));
    }
    Point point = sampled(sampler(LINE, 1), 460, new History(trials, true));

    assertThat(number(point, "x")).isBetween(0.1, 0.3);
  }

  @Test
  void drawsAsSobolUntilEnoughTrialsHaveEnded() {
    SobolSampler sobol = new SobolSampler(PLANE, new Search.Sobol(1_000, 5));
    GaussianProcessSampler process = sampler(PLANE, 5);
    List<TrialRecord> trials = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      Point point = sampled(process, i, new History(trials, true));
      boolean learnt = i >= 19;
      assertThat(point.equals(sampled(sobol, i, Spaces.NO_HISTORY))).isEqualTo(!learnt);
      // Every second is still running.
      trials.add(i % 2 == 0 ? completed(i, point, branin(point)) : running(i, point));
      assertThat(i >= process.independentOfResults() || !learnt).isTrue();
    }
  }

  @Test
  void drawsAsSobolAsLongAsAllFail() {
    List<TrialRecord> trials = line(40).stream().map(t -> failed(t.trial(), t.point())).toList();
    SobolSampler sobol = new SobolSampler(LINE, new Search.Sobol(1_000, 1));

    assertThat(sampled(sampler(LINE, 1), 40, new History(trials, true)))
        .isEqualTo(sampled(sobol, 40, Spaces.NO_HISTORY));
  }

  @Test
  void whatWasAskedBeforeDoesNotMatter() {
    GaussianProcessSampler used = sampler(PLANE, 3);
    History history = Spaces.run(used, 35, GaussianProcessSamplerTest::branin);
    History other = Spaces.run(used, 40, p -> -GaussianProcessSamplerTest.branin(p));
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
    History history =
        Spaces.run(sampler(space, 2024), 20, p -> Math.abs(number(p, "x") - 0.3) + number(p, "n"));

    // A sweep that was begun with one version must go on with the next.
    assertThat(history.trials().getLast().point().values())
        .hasToString("{x=Real[value=0.28814783811498135], n=Whole[value=0]}");
  }

  @Test
  void endsAfterTheLastTrial() {
    GaussianProcessSampler sampler =
        new GaussianProcessSampler(space(), new Search.GaussianProcess(20, 1, 10));

    assertThat(Spaces.run(sampler, 20, p -> 1).trials()).hasSize(20);
    assertThat(sampler.propose(20, Spaces.NO_HISTORY)).isEqualTo(new Proposal.Exhausted());
  }
}
