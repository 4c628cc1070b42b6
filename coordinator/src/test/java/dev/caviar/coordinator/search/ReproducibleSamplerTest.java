package dev.caviar.coordinator.search;

import static dev.caviar.coordinator.search.Spaces.always;
import static dev.caviar.coordinator.search.Spaces.completed;
import static dev.caviar.coordinator.search.Spaces.number;
import static dev.caviar.coordinator.search.Spaces.real;
import static dev.caviar.coordinator.search.Spaces.running;
import static dev.caviar.coordinator.search.Spaces.space;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.coordinator.search.History.TrialRecord;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.Scale;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked
class ReproducibleSamplerTest {
  private static final int TRIALS = 60;
  private static final int STARTUP = 10;
  private static final int PARALLEL = 4;
  private static final SearchSpace SPACE =
      space(always("x", real(Scale.LINEAR, 0, 1)), always("y", real(Scale.LOG, 1e-4, 1)));

  private static Sampler tpe() {
    return new TpeSampler(SPACE, new Search.Tpe(TRIALS, 7, STARTUP, 24));
  }

  private static Sampler reproducible() {
    return new ReproducibleSampler(tpe(), PARALLEL);
  }

  private static double objective(Point point) {
    return Math.abs(number(point, "x") - 0.3) + Math.abs(Math.log10(number(point, "y")) + 2);
  }

  /** A sweep on so many workers, whose trials end in random order, and what it did at the most. */
  private record Sweep(List<Point> points, int mostAtOnce) {
    static Sweep run(Sampler sampler, int workers, long seed) {
      Random order = new Random(seed);
      List<TrialRecord> records = new ArrayList<>();
      List<Integer> open = new ArrayList<>();
      int mostAtOnce = 0;
      while (true) {
        boolean given = false;
        if (open.size() < workers && records.size() < TRIALS) {
          Proposal proposal = sampler.propose(records.size(), new History(records, true));
          if (proposal instanceof Proposal.Sampled(Point point, Stage none)) {
            open.add(records.size());
            records.add(running(records.size(), point));
            mostAtOnce = Math.max(mostAtOnce, open.size());
            given = true;
          }
        }
        if (!given) {
          if (open.isEmpty()) {
            return new Sweep(records.stream().map(TrialRecord::point).toList(), mostAtOnce);
          }
          int over = open.remove(/* index */ order.nextInt(open.size()));
          Point point = records.get(over).point();
          records.set(over, completed(over, point, objective(point)));
        }
      }
    }
  }

  @Test
  void drawsTheSameTrialsOnAnyNumberOfWorkersInAnyOrder() {
    List<Point> expected = Sweep.run(reproducible(), 1, 1).points();
    assertThat(expected).hasSize(TRIALS).doesNotHaveDuplicates();
    for (int workers : List.of(2, 3, 4, 5, 16)) {
      for (long seed = 0; seed < 5; seed++) {
        assertThat(Sweep.run(reproducible(), workers, seed).points())
            .as("%s workers, order %s", workers, seed)
            .isEqualTo(expected);
      }
    }
    // Which is not so without it.
    assertThat(Sweep.run(tpe(), 4, 1).points()).isNotEqualTo(Sweep.run(tpe(), 4, 2).points());
  }

  @Test
  void learnsFromResults() {
    List<Point> points = Sweep.run(reproducible(), PARALLEL, 3).points();
    double first =
        points.subList(0, 20).stream().mapToDouble(p -> objective(p)).average().orElse(0);
    double last =
        points.subList(40, 60).stream().mapToDouble(p -> objective(p)).average().orElse(0);
    assertThat(last).isLessThan(first / 2);
  }

  @Test
  void keepsSoManyTrialsGoingAtOnce() {
    // Those at the start do not depend on results.
    assertThat(Sweep.run(reproducible(), 100, 1).mostAtOnce()).isBetween(STARTUP, STARTUP + 3);
    Sampler sampler = reproducible();
    List<TrialRecord> records = new ArrayList<>();
    for (int trial = 0; trial < 20; trial++) {
      records.add(
          completed(trial, Spaces.sampled(sampler, trial, new History(records, true)), trial));
    }
    for (int trial = 20; trial < 20 + PARALLEL; trial++) {
      records.add(running(trial, Spaces.sampled(sampler, trial, new History(records, true))));
    }
    assertThat(sampler.propose(24, new History(records, true)))
        .isEqualTo(new Proposal.Wait("trial 20 is not over"));
    records.set(21, completed(21, records.get(21).point(), 0.5));
    assertThat(sampler.propose(24, new History(records, true)))
        .isEqualTo(new Proposal.Wait("trial 20 is not over"));
    records.set(20, completed(20, records.get(20).point(), 0.5));
    assertThat(sampler.propose(24, new History(records, true)))
        .isInstanceOf(Proposal.Sampled.class);
  }

  @Test
  void saysWhatItsSamplerSays() {
    assertThat(reproducible().independentOfResults()).isEqualTo(STARTUP);
    assertThat(reproducible().size()).isEqualTo(tpe().size());
    assertThat(tpe().dependsOnOrderOfResults()).isTrue();
    assertThat(reproducible().dependsOnOrderOfResults()).isFalse();
  }
}
