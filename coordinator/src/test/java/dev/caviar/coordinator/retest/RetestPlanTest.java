package dev.caviar.coordinator.retest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caviar.coordinator.space.GivenPoint;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.coordinator.space.SweepDefinition.EarlyStopping;
import dev.caviar.coordinator.space.SweepDefinition.Repeats;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import dev.caviar.coordinator.space.SweepFile;
import dev.caviar.coordinator.space.SweepFileException;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.SubmitSweepRequest;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.TrialStatus;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RetestPlanTest {
  private static final String FILE =
      """
      # The old one.
      name: old
      data: {csv: {path: sub/a.csv, label: "3"}, dev: 0.25}
      parameters:
        learning_rate: {scale: log, min: 1e-4, max: 1.0}
        hidden_layers: {min: 1, max: 2}
        hidden_units:
          min: 5
          max: 50
          per: layer
      fixed: {epochs: 4, batch_size: 1e2}
      objective: {metric: dev_loss, of: mean, over: 2}
      constraints: [{metric: parameters, max: 1000}]
      search: {sampler: tpe, trials: 20, seed: 42, startup_trials: 5}
      schedule: {early_stopping: asha, min_epochs: 1}
      retest: {every: 30d, on_change: [data], seeds: 7}
      """;

  private static SweepDefinition parse(String file) {
    try {
      return SweepFile.parse(file, Path.of("/base"));
    } catch (SweepFileException e) {
      throw new AssertionError(e.problems() + "\n" + file, e);
    }
  }

  private static Point point(double learningRate, int... units) {
    Map<String, ParameterValue> values = new LinkedHashMap<>();
    values.put("learning_rate", new ParameterValue.Real(learningRate));
    values.put("hidden_layers", new ParameterValue.Whole(units.length));
    for (int layer = 0; layer < units.length; layer++) {
      values.put("hidden_units[" + layer + "]", new ParameterValue.Whole(units[layer]));
    }
    return new Point(values);
  }

  private static GetSweepResponse.Builder old(SweepDefinition definition) {
    int repeats = definition.repeats().count();
    GetSweepResponse.Builder old = GetSweepResponse.newBuilder().setSweepFile(FILE);
    old.getSummaryBuilder()
        .getStatusBuilder()
        .setSweepId("old-1")
        .setState(SweepState.SWEEP_COMPLETED)
        .setBestTrial(2 * repeats - 1);
    for (int repeat = 0; repeat < repeats; repeat++) {
      add(old, definition, point(0.1, 10), 0.3);
    }
    for (int repeat = 0; repeat < repeats; repeat++) {
      add(old, definition, point(0.2, 20, 30), 0.1);
    }
    for (int repeat = 0; repeat < repeats; repeat++) {
      add(old, definition, point(0.2, 20, 30), 0.15);
    }
    for (int repeat = 0; repeat < repeats; repeat++) {
      add(old, definition, point(0.3, 30), 0.2);
    }
    for (int repeat = 0; repeat < repeats; repeat++) {
      add(old, definition, point(0.4, 40), 0.05).setState(TrialState.STOPPED_EARLY);
    }
    return old;
  }

  private static TrialStatus.Builder add(
      GetSweepResponse.Builder old, SweepDefinition definition, Point point, double objective) {
    return old.addTrialsBuilder()
        .setTrial(old.getTrialsCount() - 1)
        .setState(TrialState.COMPLETED)
        .addAllParameters(definition.space().parameters(point))
        .setObjective(objective);
  }

  @Test
  void testsTheBestAndDistinctRunnerUpsOnEqualTerms() {
    SweepDefinition definition = parse(FILE);
    SubmitSweepRequest request =
        new RetestPlan(5, 2, 3).of(definition, old(definition).build(), 43);
    assertThat(request.getRetestOf()).isEqualTo("old-1");
    SweepDefinition retest = parse(request.getSweepFile());
    assertThat(
            request.getPointsList().stream()
                .map(given -> GivenPoint.of(retest.space(), given.getParametersList())))
        .containsExactly(point(0.2, 20, 30), point(0.3, 30), point(0.1, 10));
    assertThat(retest.name()).isEqualTo("old-retest");
    assertThat(retest.search()).isEqualTo(new Search.Random(6, 43));
    assertThat(retest.repeats()).isEqualTo(new Repeats(5, true));
    assertThat(retest.earlyStopping()).isEqualTo(new EarlyStopping.None());
    assertThat(retest.retest()).isNull();
    // Split by the old seed, though it was never written down.
    assertThat(retest.data()).isEqualTo(definition.data());
    assertThat(retest.data().getSplitSeed()).isEqualTo(42);
    assertThat(retest.space()).isEqualTo(definition.space());
    assertThat(retest.objectives()).isEqualTo(definition.objectives());
    assertThat(retest.constraints()).isEqualTo(definition.constraints());
    assertThat(retest.epochs()).isEqualTo(4);
  }

  @Test
  void aRetestCanBeTestedAgain() {
    SweepDefinition definition = parse(FILE.replace("name: old", "name: " + "n".repeat(64)));
    String first =
        new RetestPlan(5, 0, 1).of(definition, old(definition).build(), 43).getSweepFile();
    SweepDefinition retest = parse(first);
    assertThat(retest.name()).isEqualTo("n".repeat(57) + "-retest");
    String second = new RetestPlan(3, 0, 1).of(retest, old(retest).build(), 44).getSweepFile();
    assertThat(parse(second).data().getSplitSeed()).isEqualTo(42);
  }

  @Test
  void saysWhyASweepCannotBeTestedAgain() {
    SweepDefinition definition = parse(FILE);
    RetestPlan plan = new RetestPlan(5, 2, 3);
    GetSweepResponse.Builder running = old(definition);
    running.getSummaryBuilder().getStatusBuilder().setState(SweepState.SWEEP_PAUSED);
    assertThatThrownBy(() -> plan.of(definition, running.build(), 1))
        .hasMessageContaining("it is not over yet");
    GetSweepResponse.Builder none = old(definition);
    none.getSummaryBuilder().getStatusBuilder().clearBestTrial();
    assertThatThrownBy(() -> plan.of(definition, none.build(), 1))
        .hasMessageContaining("none of its trials completed");
    assertThatThrownBy(() -> new RetestPlan(5, 0, 0).of(definition, old(definition).build(), 1))
        .hasMessageContaining("nothing to compare its best with");
    GetSweepResponse.Builder outside = old(definition);
    TrialStatus.Builder best = outside.getTrialsBuilder(1);
    best.clearParameters().addAllParameters(definition.space().parameters(point(2.0, 20)));
    assertThatThrownBy(() -> plan.of(definition, outside.build(), 1))
        .hasMessageContaining("trial 1 lies outside of the space of its sweep file")
        .hasMessageContaining("learning_rate must be from 1.0E-4 to 1.0, is 2.0");
    SweepDefinition population =
        parse(
            FILE.replace(
                    "sampler: tpe, trials: 20, seed: 42, startup_trials: 5",
                    "sampler: random, trials: 20")
                .replace("asha, min_epochs: 1", "population_based")
                .replace("of: mean, over: 2", "of: last"));
    assertThatThrownBy(() -> plan.of(population, old(definition).build(), 1))
        .hasMessageContaining("its trials were a population");
  }

  @Test
  void readsWhenToTestAgain() {
    assertThat(parse(FILE).retest())
        .isNotNull()
        .satisfies(
            retest -> {
              assertThat(retest.every()).hasDays(30);
              assertThat(retest.onChange()).isEqualTo(Set.of(SweepDefinition.Change.DATA));
              assertThat(retest.seeds()).isEqualTo(7);
            });
    assertThat(List.of(parse(FILE.replace("{every: 30d, on_change: [data], seeds: 7}", "{}"))))
        .allSatisfy(
            definition ->
                assertThat(definition.retest())
                    .isEqualTo(new SweepDefinition.Retest(null, Set.of(), 5)));
  }
}
