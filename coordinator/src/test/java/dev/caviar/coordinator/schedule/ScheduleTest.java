package dev.caviar.coordinator.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.coordinator.schedule.SynchronousHalving.Bracket;
import dev.caviar.coordinator.space.SweepDefinition.EarlyStopping;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullUnmarked
class ScheduleTest {
  private static Standing open(Map<Integer, Double> values) {
    return new Standing(new TreeMap<>(values), Standing.State.OPEN);
  }

  private static Standing completed(Map<Integer, Double> values) {
    return new Standing(new TreeMap<>(values), Standing.State.COMPLETED);
  }

  private static Standing ended(Map<Integer, Double> values) {
    return new Standing(new TreeMap<>(values), Standing.State.ENDED);
  }

  private static boolean goesOn(Schedule schedule, int trial, int epoch, Standings standings) {
    return schedule.judge(trial, epoch, standings) instanceof Verdict.GoOn;
  }

  /** Table 1 of Li et al., 2018. */
  @Test
  void hyperbandHasThePapersBrackets() {
    assertThat(SynchronousHalving.brackets(81, 3))
        .containsExactly(
            new Bracket(81, List.of(1, 3, 9, 27)),
            new Bracket(34, List.of(3, 9, 27)),
            new Bracket(15, List.of(9, 27)),
            new Bracket(8, List.of(27)),
            new Bracket(5, List.of()));
    Schedule hyperband = SynchronousHalving.hyperband(81, 3);
    assertThat(hyperband.rungs(80)).containsExactly(1, 3, 9, 27);
    assertThat(hyperband.rungs(81)).containsExactly(3, 9, 27);
    assertThat(hyperband.rungs(142)).isEmpty();
    // And from the beginning.
    assertThat(hyperband.rungs(143)).containsExactly(1, 3, 9, 27);
  }

  @Test
  void hyperbandHasRungsForAnyNumberOfEpochs() {
    assertThat(SynchronousHalving.brackets(20, 3))
        .containsExactly(
            new Bracket(9, List.of(2, 6)), new Bracket(5, List.of(6)), new Bracket(3, List.of()));
    assertThat(SynchronousHalving.brackets(1, 3)).containsExactly(new Bracket(1, List.of()));
    for (int epochs = 1; epochs < 200; epochs++) {
      for (int factor = 2; factor < 6; factor++) {
        int whole = epochs;
        assertThat(SynchronousHalving.brackets(epochs, factor))
            .allSatisfy(
                bracket ->
                    assertThat(bracket.rungs())
                        .isSorted()
                        .doesNotHaveDuplicates()
                        .allMatch(rung -> rung >= 1 && rung < whole));
      }
    }
  }

  @Test
  void successiveHalvingLetsTheBestThirdGoOnWhenAllAreThere() {
    Schedule halving = SynchronousHalving.successive(9, 27, 3, 3);
    assertThat(halving.rungs(4)).containsExactly(3, 9);
    List<Standing> trials = new ArrayList<>();
    for (int trial = 0; trial < 8; trial++) {
      trials.add(open(Map.of(3, 0.9 - trial / 10.0)));
    }
    assertThat(halving.judge(7, 3, new Standings(trials, 9, true)))
        .isEqualTo(new Verdict.Wait("1 trials have not reached epoch 3"));
    trials.add(open(Map.of()));
    assertThat(halving.judge(7, 3, new Standings(trials, 9, true)))
        .isInstanceOf(Verdict.Wait.class);
    trials.set(8, ended(Map.of()));
    Standings all = new Standings(trials, 9, true);
    assertThat(IntStream.range(0, 8).filter(trial -> goesOn(halving, trial, 3, all)))
        .containsExactly(5, 6, 7);
    assertThat(halving.judge(5, 3, all))
        .isEqualTo(new Verdict.GoOn("0.4000 is place 3 of 8, and 3 go on"));
    assertThat(halving.judge(4, 3, all))
        .isEqualTo(new Verdict.Stop("0.5000 is place 4 of 8, and 3 go on"));
    assertThat(
            IntStream.range(0, 8)
                .filter(trial -> goesOn(halving, trial, 3, new Standings(trials, 9, false))))
        .containsExactly(0, 1, 2);
  }

  @Test
  void aSweepThatBreaksOffWaitsForNobody() {
    Schedule halving = SynchronousHalving.successive(9, 27, 3, 3);
    List<Standing> two = List.of(open(Map.of(3, 0.2)), open(Map.of(3, 0.1)));
    assertThat(goesOn(halving, 1, 3, new Standings(two, 2, true))).isTrue();
    assertThat(goesOn(halving, 0, 3, new Standings(two, 2, true))).isFalse();
  }

  @Test
  void equalTrialsGoByTheirNumber() {
    Schedule asha = new AsynchronousHalving(9, new EarlyStopping.Asha(1, 3));
    Standings same = new Standings(Collections.nCopies(6, open(Map.of(1, 0.5))), 100, true);
    assertThat(IntStream.range(0, 6).filter(trial -> goesOn(asha, trial, 1, same)))
        .containsExactly(0, 1);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4})
  void ashaLetsAboutOneOfSoManyGoOnWithoutWaiting(int factor) {
    Schedule asha = new AsynchronousHalving(64, new EarlyStopping.Asha(2, factor));
    Random random = new Random(factor);
    List<Standing> trials = new ArrayList<>();
    int goOn = 0;
    for (int trial = 0; trial < 1_000; trial++) {
      trials.add(open(Map.of(2, random.nextDouble())));
      Standings standings = new Standings(trials, 1_000, true);
      Verdict verdict = asha.judge(trial, 2, standings);
      assertThat(verdict).isNotInstanceOf(Verdict.Wait.class);
      double value = standings.value(trial, 2);
      long better = trials.stream().filter(other -> other.values().get(2) < value).count();
      assertThat(verdict instanceof Verdict.GoOn)
          .isEqualTo(better < Math.max(1, trials.size() / factor));
      goOn += verdict instanceof Verdict.GoOn ? 1 : 0;
    }
    // A little more than one of so many: the first have few to be compared with.
    assertThat(goOn).isBetween(1_000 / factor - 60, 1_000 / factor + 60);
    assertThat(goesOn(asha, 0, 2, new Standings(trials.subList(0, 1), 1_000, true))).isTrue();
  }

  @Test
  void ashaStopsWhatIsNotANumber() {
    Schedule asha = new AsynchronousHalving(9, new EarlyStopping.Asha(1, 2));
    List<Standing> trials = List.of(open(Map.of(1, 0.5)), open(Map.of(1, Double.NaN)));
    for (boolean minimize : List.of(true, false)) {
      assertThat(goesOn(asha, 0, 1, new Standings(trials, 2, minimize))).isTrue();
      assertThat(goesOn(asha, 1, 1, new Standings(trials, 2, minimize))).isFalse();
    }
  }

  @Test
  void medianComparesTheBestSoFarWithRunningAverages() {
    Schedule median = new MedianStopping(10, new EarlyStopping.Median(2, 3, 3));
    assertThat(median.rungs(0)).containsExactly(2, 5, 8);
    List<Standing> trials = new ArrayList<>();
    // Running averages at epoch 5: 0.4, 0.3, 0.2.
    trials.add(completed(Map.of(2, 0.5, 5, 0.3, 8, 0.1)));
    trials.add(completed(Map.of(2, 0.4, 5, 0.2, 8, 0.1)));
    trials.add(ended(Map.of(2, 0.0)));
    trials.add(open(Map.of(2, 0.31, 5, 0.35)));
    trials.add(open(Map.of(2, 0.29, 5, 0.35)));
    assertThat(median.judge(3, 5, new Standings(trials, 9, true)))
        .isEqualTo(new Verdict.GoOn("2 of 3 trials are completed that it takes to judge"));
    trials.add(completed(Map.of(2, 0.3, 5, 0.1, 8, 0.1)));
    assertThat(median.judge(3, 5, new Standings(trials, 9, true)))
        .isEqualTo(
            new Verdict.Stop(
                "its best, 0.3100, is worse than the median of 3 completed trials, 0.3000"));
    assertThat(goesOn(median, 4, 5, new Standings(trials, 9, true))).isTrue();
    // The other way round more is better, and 0.35 the best of both.
    assertThat(goesOn(median, 3, 5, new Standings(trials, 9, false))).isTrue();
  }

  private static PopulationBasedTraining population(int size, double quantile, long seed) {
    return new PopulationBasedTraining(
        size, 20, new EarlyStopping.PopulationBased(5, quantile, 0.1), seed);
  }

  @Test
  void aPopulationWaitsForAllWhoAreStillToCome() {
    Schedule population = population(4, 0.25, 1);
    assertThat(population.rungs(3)).containsExactly(5, 10, 15);
    List<Standing> trials = new ArrayList<>();
    for (double value : new double[] {0.4, 0.1, 0.3}) {
      trials.add(open(Map.of(5, value)));
    }
    assertThat(population.judge(0, 5, new Standings(trials, 4, true)))
        .isEqualTo(new Verdict.Wait("1 trials have not reached epoch 5"));
    // Not for one that has failed, nor for one that will never be sampled.
    assertThat(goesOn(population, 1, 5, new Standings(trials, 3, true))).isTrue();
    trials.add(ended(Map.of()));
    assertThat(population.judge(0, 5, new Standings(trials, 4, true)))
        .isEqualTo(new Verdict.Exploit(1, 0.1, "0.4000 is place 3 of 3, and trial 1 has 0.1000"));
  }

  @Test
  void theWorstOfAPopulationBecomeCopiesOfTheBest() {
    for (long seed = 0; seed < 50; seed++) {
      Schedule population = population(8, 0.25, seed);
      List<Standing> trials = new ArrayList<>();
      for (double value : new double[] {0.5, 0.2, 0.8, 0.1, Double.NaN, 0.3, 0.4, 0.6}) {
        trials.add(open(Map.of(5, value)));
      }
      Standings standings = new Standings(trials, 8, true);
      assertThat(IntStream.range(0, 8).filter(t -> goesOn(population, t, 5, standings)))
          .containsExactly(0, 1, 3, 5, 6, 7);
      for (int worst : List.of(2, 4)) {
        assertThat(((Verdict.Exploit) population.judge(worst, 5, standings)).donor()).isIn(3, 1);
      }
      // With more being better, 0.8 and 0.6 are the best; what is no number never is.
      Standings other = new Standings(trials, 8, false);
      assertThat(((Verdict.Exploit) population.judge(3, 5, other)).donor()).isIn(2, 7);
      assertThat(((Verdict.Exploit) population.judge(4, 5, other)).donor()).isIn(2, 7);
    }
  }

  @Test
  void eachOfTheBestIsCopiedAsOftenAsTheOthers() {
    List<Standing> trials =
        IntStream.range(0, 8).mapToObj(trial -> open(Map.of(5, trial / 10.0))).toList();
    Standings standings = new Standings(trials, 8, true);
    int[] copies = new int[8];
    for (long seed = 0; seed < 4_000; seed++) {
      copies[((Verdict.Exploit) population(8, 0.5, seed).judge(6, 5, standings)).donor()]++;
    }
    for (int donor = 0; donor < 4; donor++) {
      // Four standard deviations of a binomial distribution.
      assertThat(copies[donor]).isBetween(1_000 - 110, 1_000 + 110);
    }
    assertThat(copies).endsWith(0, 0, 0, 0);
  }

  @Test
  void aTrialThatIsAloneIsNobodysCopy() {
    Standings alone = new Standings(List.of(open(Map.of(5, 0.3)), ended(Map.of(5, 0.1))), 2, true);
    assertThat(goesOn(population(2, 0.5, 1), 0, 5, alone)).isTrue();
  }
}
