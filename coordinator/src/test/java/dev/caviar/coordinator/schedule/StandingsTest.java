package dev.caviar.coordinator.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.coordinator.schedule.Standing.State;
import dev.caviar.coordinator.search.Exploration;
import dev.caviar.coordinator.space.SweepDefinition.EarlyStopping;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.jspecify.annotations.NullUnmarked;

/**
 * Standings that are kept up give the same verdicts, in the same words, as what schedules are
 * defined to say of all trials, looked through one by one.
 */
@NullUnmarked
class StandingsTest {
  private static final int POPULATION = 12;
  private static final int FACTOR = 2;
  private static final int STARTUP = 2;
  private static final double QUANTILE = 0.25;
  private static final double RESAMPLE = 0.1;
  private static final long SEED = 5;

  /** What may happen to a trial. */
  enum Happening {
    SAMPLED,
    REACHED,
    COMPLETED,
    ENDED,
    // To wait for a worker again, with the rungs that it has.
    RETURNED,
    // At the last rung it has another value.
    CORRECTED,
    FEWER_EXPECTED
  }

  /**
   * @param which of those trials to which it may happen
   */
  record Step(Happening happening, int which, double value) {}

  @Provide
  static Arbitrary<List<Step>> histories() {
    Arbitrary<Double> values =
        Arbitraries.oneOf(
            // Equal ones too.
            Arbitraries.of(
                0.0,
                -0.0,
                0.1,
                0.2,
                0.3,
                Double.NaN,
                Double.POSITIVE_INFINITY,
                Double.NEGATIVE_INFINITY),
            Arbitraries.doubles());
    Arbitrary<Happening> happenings =
        Arbitraries.frequencyOf(
            Tuple.of(1, Arbitraries.of(Happening.class)),
            Tuple.of(2, Arbitraries.of(Happening.SAMPLED, Happening.REACHED)));
    return Combinators.combine(happenings, Arbitraries.integers().between(0, 1_000), values)
        .as(Step::new)
        .list()
        .ofMaxSize(150);
  }

  /** A sweep's trials, and standings that are told of each change. */
  private static final class History {
    final List<Standing> trials = new ArrayList<>();
    final Schedule schedule;
    final Definition definition;
    final int planned;
    final boolean minimize;
    final Standings kept;
    int expected;

    History(Schedule schedule, Definition definition, int planned, boolean minimize) {
      this.schedule = schedule;
      this.definition = definition;
      this.planned = planned;
      this.minimize = minimize;
      this.expected = planned;
      this.kept = new Standings(trials, planned, minimize);
    }

    void go(Step step) {
      long before = kept.changes();
      switch (step.happening()) {
        case SAMPLED -> {
          if (trials.size() < planned) {
            trials.add(new Standing(new TreeMap<>(), State.OPEN));
            kept.added(trials.size() - 1, trials.getLast());
          }
        }
        case REACHED -> {
          int trial = any(step, n -> isOpen(n) && nextRung(n) > 0);
          if (trial >= 0) {
            change(trial, nextRung(trial), step.value(), State.OPEN);
          }
        }
        case COMPLETED -> end(any(step, this::isOpen), State.COMPLETED);
        case ENDED -> end(any(step, this::isOpen), State.ENDED);
        case RETURNED -> end(any(step, n -> !isOpen(n)), State.OPEN);
        case CORRECTED -> {
          int trial = any(step, n -> !trials.get(n).values().isEmpty());
          if (trial >= 0) {
            Standing now = trials.get(trial);
            change(trial, now.values().lastKey(), step.value(), now.state());
          }
        }
        case FEWER_EXPECTED -> {}
      }
      expected = step.happening() == Happening.FEWER_EXPECTED ? trials.size() : planned;
      kept.expect(expected);
      assertThat(kept.changes()).isGreaterThanOrEqualTo(before);
    }

    private int any(Step step, IntPredicate which) {
      int[] found = IntStream.range(0, trials.size()).filter(which).toArray();
      return found.length == 0 ? -1 : found[step.which() % found.length];
    }

    private boolean isOpen(int trial) {
      return trials.get(trial).state() == State.OPEN;
    }

    private int nextRung(int trial) {
      return schedule.rungs(trial).stream()
          .filter(rung -> !trials.get(trial).values().containsKey(rung))
          .findFirst()
          .orElse(0);
    }

    private void end(int trial, State state) {
      if (trial >= 0) {
        set(trial, new Standing(trials.get(trial).values(), state));
      }
    }

    private void change(int trial, int rung, double value, State state) {
      TreeMap<Integer, Double> values = new TreeMap<>(trials.get(trial).values());
      values.put(rung, value);
      set(trial, new Standing(values, state));
    }

    private void set(int trial, Standing now) {
      kept.changed(trial, trials.set(trial, now), now);
    }

    void check() {
      Standings fresh = new Standings(trials, expected, minimize);
      for (int trial = 0; trial < trials.size(); trial++) {
        if (isOpen(trial) && !trials.get(trial).values().isEmpty()) {
          int epoch = trials.get(trial).values().lastKey();
          Verdict verdict = definition.judge(trial, epoch, this);
          assertThat(schedule.judge(trial, epoch, kept)).isEqualTo(verdict);
          assertThat(schedule.judge(trial, epoch, fresh)).isEqualTo(verdict);
        }
      }
    }

    // ---- What the definitions are made of

    private double loss(double value) {
      return minimize || Double.isNaN(value) ? value : -value;
    }

    private Double value(int trial, int epoch) {
      return trials.get(trial).values().get(epoch);
    }

    /** The best first, of equals that with the lower number. */
    private List<Integer> ranked(int first, int end, int epoch, boolean openOnly) {
      return IntStream.range(first, Math.min(end, trials.size()))
          .filter(trial -> value(trial, epoch) != null && (!openOnly || isOpen(trial)))
          .boxed()
          .sorted(Comparator.comparingDouble(trial -> loss(value(trial, epoch))))
          .toList();
    }

    private int toCome(int first, int end, int epoch) {
      int last = Math.min(end, expected);
      return (int)
          IntStream.range(first, last)
              .filter(
                  trial -> trial >= trials.size() || (isOpen(trial) && value(trial, epoch) == null))
              .count();
    }
  }

  private interface Definition {
    Verdict judge(int trial, int epoch, History history);
  }

  private static Verdict.Wait waits(int toCome, int epoch) {
    return new Verdict.Wait("%d trials have not reached epoch %d".formatted(toCome, epoch));
  }

  private static Verdict among(List<Integer> ranked, int trial, int best, double value) {
    int place = ranked.indexOf(trial) + 1;
    String reason =
        "%s is place %d of %d, and %d go%s on"
            .formatted(
                MedianStopping.text(value), place, ranked.size(), best, best == 1 ? "es" : "");
    return place <= best ? new Verdict.GoOn(reason) : new Verdict.Stop(reason);
  }

  private static Verdict definedAsha(int trial, int epoch, History history) {
    List<Integer> ranked = history.ranked(0, Integer.MAX_VALUE, epoch, false);
    return among(ranked, trial, Math.max(1, ranked.size() / FACTOR), history.value(trial, epoch));
  }

  private static Verdict definedMedian(int trial, int epoch, History history) {
    double[] averages =
        history.trials.stream()
            .filter(other -> other.state() == State.COMPLETED)
            .filter(other -> other.values().containsKey(epoch))
            .mapToDouble(
                other ->
                    other.values().headMap(epoch + 1).values().stream()
                        .mapToDouble(value -> value)
                        .average()
                        .orElseThrow())
            .sorted()
            .toArray();
    if (averages.length < STARTUP) {
      return new Verdict.GoOn(
          "%d of %d trials are completed that it takes to judge"
              .formatted(averages.length, STARTUP));
    }
    double median = (averages[(averages.length - 1) / 2] + averages[averages.length / 2]) / 2;
    double[] own =
        history.trials.get(trial).values().headMap(epoch + 1).values().stream()
            .mapToDouble(value -> value)
            .filter(value -> !Double.isNaN(value))
            .sorted()
            .toArray();
    double best = own.length == 0 ? Double.NaN : own[history.minimize ? 0 : own.length - 1];
    boolean worse = Double.isNaN(best) || (history.minimize ? best > median : best < median);
    return worse
        ? new Verdict.Stop(
            "its best, %s, is worse than the median of %d completed trials, %s"
                .formatted(MedianStopping.text(best), averages.length, MedianStopping.text(median)))
        : new Verdict.GoOn(
            "its best, %s, is not worse than the median, %s"
                .formatted(MedianStopping.text(best), MedianStopping.text(median)));
  }

  /**
   * The first trials of the brackets of nine epochs with a factor of two, and where the next are.
   */
  private static Verdict definedHyperband(int trial, int epoch, History history) {
    List<SynchronousHalving.Bracket> brackets = SynchronousHalving.brackets(9, FACTOR);
    int first = 0;
    for (int i = 0; ; i = (i + 1) % brackets.size()) {
      SynchronousHalving.Bracket bracket = brackets.get(i);
      if (trial < first + bracket.size()) {
        return definedHalving(trial, epoch, history, first, bracket);
      }
      first += bracket.size();
    }
  }

  private static Verdict definedHalving(
      int trial, int epoch, History history, int first, SynchronousHalving.Bracket bracket) {
    int end = Math.min(first + bracket.size(), history.expected);
    int toCome = history.toCome(first, end, epoch);
    if (toCome > 0) {
      return waits(toCome, epoch);
    }
    int best = (end - first) / (int) Math.pow(FACTOR, bracket.rungs().indexOf(epoch) + 1);
    return among(
        history.ranked(first, end, epoch, false),
        trial,
        Math.max(1, best),
        history.value(trial, epoch));
  }

  private static Verdict definedPopulation(int trial, int epoch, History history) {
    int toCome = history.toCome(0, POPULATION, epoch);
    if (toCome > 0) {
      return waits(toCome, epoch);
    }
    List<Integer> ranked = history.ranked(0, POPULATION, epoch, true);
    int members = ranked.size();
    int place = ranked.indexOf(trial);
    int exchanged = Math.clamp((int) (members * QUANTILE), Math.min(1, members / 2), members / 2);
    String reason =
        "%s is place %d of %d"
            .formatted(MedianStopping.text(history.value(trial, epoch)), place + 1, members);
    if (place < members - exchanged) {
      return new Verdict.GoOn(reason);
    }
    int donor = ranked.get(Exploration.donor(SEED, trial, epoch, exchanged));
    return new Verdict.Exploit(
        donor,
        RESAMPLE,
        reason
            + ", and trial %d has %s"
                .formatted(donor, MedianStopping.text(history.value(donor, epoch))));
  }

  private static void check(
      List<Step> steps, Schedule schedule, Definition definition, int planned, boolean minimize) {
    History history = new History(schedule, definition, planned, minimize);
    for (Step step : steps) {
      history.go(step);
      history.check();
    }
  }

  @Property(tries = 300)
  void asha(@ForAll("histories") List<Step> steps, @ForAll boolean minimize) {
    Schedule asha = new AsynchronousHalving(20, new EarlyStopping.Asha(1, FACTOR));
    check(steps, asha, StandingsTest::definedAsha, 100, minimize);
  }

  @Property(tries = 300)
  void median(@ForAll("histories") List<Step> steps, @ForAll boolean minimize) {
    Schedule median = new MedianStopping(20, new EarlyStopping.Median(1, 2, STARTUP));
    check(steps, median, StandingsTest::definedMedian, 100, minimize);
  }

  @Property(tries = 300)
  void successiveHalving(@ForAll("histories") List<Step> steps, @ForAll boolean minimize) {
    Schedule halving = SynchronousHalving.successive(POPULATION, 9, 1, FACTOR);
    var bracket = new SynchronousHalving.Bracket(POPULATION, halving.rungs(0));
    check(
        steps,
        halving,
        (trial, epoch, history) -> definedHalving(trial, epoch, history, 0, bracket),
        POPULATION,
        minimize);
  }

  @Property(tries = 300)
  void hyperband(@ForAll("histories") List<Step> steps, @ForAll boolean minimize) {
    check(
        steps,
        SynchronousHalving.hyperband(9, FACTOR),
        StandingsTest::definedHyperband,
        40,
        minimize);
  }

  @Property(tries = 300)
  void population(@ForAll("histories") List<Step> steps, @ForAll boolean minimize) {
    Schedule population =
        new PopulationBasedTraining(
            POPULATION, 20, new EarlyStopping.PopulationBased(3, QUANTILE, RESAMPLE), SEED);
    check(steps, population, StandingsTest::definedPopulation, POPULATION, minimize);
  }

  /** So many that they lie in many blocks. */
  @Property(tries = 20)
  void ranksAsSortingDoes(@ForAll("manyValues") List<Double> values) {
    Ranking ranking = new Ranking();
    List<Integer> sorted = new ArrayList<>();
    for (int trial = 0; trial < values.size(); trial++) {
      ranking.add(values.get(trial), trial);
      sorted.add(trial);
    }
    sorted.sort(Comparator.comparingDouble(values::get));
    assertRanked(ranking, sorted, values);
    for (int trial = 0; trial < values.size(); trial++) {
      if (trial % 3 > 0 || trial < values.size() / 2) {
        ranking.remove(values.get(trial), trial);
        sorted.remove(Integer.valueOf(trial));
      }
    }
    assertRanked(ranking, sorted, values);
  }

  @Provide
  static Arbitrary<List<Double>> manyValues() {
    return Arbitraries.oneOf(
            Arbitraries.doubles(),
            Arbitraries.of(Double.NaN, 0.0, -0.0, 1.0, Double.NEGATIVE_INFINITY),
            Arbitraries.integers().between(0, 100).map(n -> n / 100.0))
        .list()
        .ofMinSize(1_000)
        .ofMaxSize(4_000);
  }

  private static void assertRanked(Ranking ranking, List<Integer> sorted, List<Double> values) {
    assertThat(ranking.size()).isEqualTo(sorted.size());
    for (int place = 0; place < sorted.size(); place++) {
      int trial = sorted.get(place);
      assertThat(ranking.trial(place)).isEqualTo(trial);
      assertThat(ranking.value(place)).isEqualTo(values.get(trial));
      assertThat(ranking.before(values.get(trial), trial)).isEqualTo(place);
    }
  }
}
