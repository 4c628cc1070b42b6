package dev.caviar.coordinator.search;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.coordinator.search.History.TrialRecord;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.Scale;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.coordinator.space.SweepFile;
import dev.caviar.coordinator.space.SweepFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullUnmarked
class ChangedSpaceTest {
  private static final Map<String, Domain> NARROW =
      Map.of(
          "learning_rate",
          new Domain.RealRange(Scale.LOG, 1e-3, 1e-2),
          "hidden_units",
          new Domain.WholeRange(Scale.LINEAR, 20, 30),
          "optimizer",
          new Domain.Choices(List.of(new ParameterValue.Text("adam"))));
  private static final Domain OTHER =
      new Domain.Choices(
          List.of(new ParameterValue.Text("rmsprop"), new ParameterValue.Text("adam")));
  private static final Map<String, Domain> WIDE =
      Map.of(
          "learning_rate",
          new Domain.RealRange(Scale.LOG, 1e-6, 10),
          "hidden_units",
          new Domain.WholeRange(Scale.LINEAR, 1, 99),
          "optimizer",
          OTHER);

  private static SweepDefinition sweep(String search) {
    try {
      return SweepFile.parse(
          """
          name: changed
          data: {builtin: digits}
          parameters:
            learning_rate: {scale: log, min: 1.0e-4, max: 1}
            hidden_units: {min: 10, max: 40}
            optimizer: {values: [adam, sgd]}
          search: {trials: 60, seed: 5, %s}
          """
              .formatted(search),
          Path.of("/"));
    } catch (SweepFileException e) {
      throw new AssertionError(e.problems().toString(), e);
    }
  }

  private static double loss(Point point) {
    return Math.abs(Math.log10(Spaces.number(point, "learning_rate")) + 2.5);
  }

  private static TrialRecord ended(int trial, Point point) {
    return switch (trial % 7) {
      case 3 -> Spaces.failed(trial, point);
      case 5 -> Spaces.running(trial, point);
      default -> Spaces.completed(trial, point, loss(point));
    };
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sampler: random",
        "sampler: sobol",
        "sampler: halton",
        "sampler: tpe",
        "sampler: gaussian_process"
      })
  void drawsFromTheSpaceAsItIsNow(String search) {
    SweepDefinition before = sweep(search);
    List<TrialRecord> trials = new ArrayList<>();
    Sampler sampler = Sampler.of(before);
    for (Map<String, Domain> changed : List.of(NARROW, WIDE)) {
      for (int n = 0; n < 20; n++) {
        int trial = trials.size();
        trials.add(
            ended(trial, Spaces.sampled(sampler, trial, new History(List.copyOf(trials), true))));
      }
      SweepDefinition now = before.in(before.space().with(changed));
      sampler = ChangedSpace.of(now, List.of());
      for (int n = 0; n < 10; n++) {
        int trial = trials.size();
        Point point = Spaces.sampled(sampler, trial, new History(List.copyOf(trials), true));
        assertThat(now.space().contains(point)).as("%s in %s", point, changed).isTrue();
        // A pure function, also after a restart.
        assertThat(
                Spaces.sampled(
                    ChangedSpace.of(now, List.of()), trial, new History(List.copyOf(trials), true)))
            .isEqualTo(point);
        trials.add(ended(trial, point));
      }
    }
    assertThat(sampler.propose(60, new History(trials, true))).isEqualTo(new Proposal.Exhausted());
  }

  @ParameterizedTest
  @ValueSource(strings = {"tpe", "gaussian_process"})
  void learnsFromTheTrialsInside(String name) {
    SweepDefinition before = sweep("sampler: " + name);
    SweepDefinition now = before.in(before.space().with(Map.of("optimizer", OTHER)));
    Sampler random = Sampler.of(sweep("sampler: random"));
    List<TrialRecord> trials = new ArrayList<>();
    for (int trial = 0; trial < 40; trial++) {
      Point point = Spaces.sampled(random, trial, Spaces.NO_HISTORY);
      trials.add(Spaces.completed(trial, point, loss(point)));
    }
    long inside = trials.stream().filter(t -> now.space().contains(t.point())).count();
    assertThat(inside).as("those with adam").isBetween(10L, 30L);
    List<Double> losses = new ArrayList<>();
    for (int trial = 40; trial < 60; trial++) {
      Point point =
          Spaces.sampled(
              ChangedSpace.of(now, List.of()), trial, new History(List.copyOf(trials), true));
      trials.add(Spaces.completed(trial, point, loss(point)));
      losses.add(loss(point));
    }
    // The median of points drawn at random is 1.
    assertThat(losses.stream().sorted().toList().get(10)).isLessThan(0.6);
    assertThat(losses).anyMatch(loss -> loss < 0.1);
  }
}
