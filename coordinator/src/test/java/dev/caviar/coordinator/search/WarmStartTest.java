package dev.caviar.coordinator.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caviar.coordinator.search.History.TrialRecord;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.coordinator.space.SweepFile;
import dev.caviar.coordinator.space.SweepFileException;
import dev.caviar.proto.v1.EarlierTrial;
import dev.caviar.proto.v1.Parameter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullUnmarked
class WarmStartTest {
  private static final String PARAMETERS =
      """
        learning_rate: {scale: log, min: 1.0e-4, max: 1}
        optimizer: {values: [adam, momentum]}
        momentum: {min: 0.5, max: 0.99, when: {optimizer: momentum}}
      """;

  private static SweepDefinition sweep(String parameters, String fixed, String search) {
    try {
      return SweepFile.parse(
          """
          name: warm
          data: {builtin: digits}
          parameters:
          %s
          fixed: {%s}
          search: {trials: 40, seed: 5, %s}
          """
              .formatted(parameters.stripTrailing(), fixed, search),
          Path.of("/"));
    } catch (SweepFileException e) {
      throw new AssertionError(e.problems().toString(), e);
    }
  }

  private static double loss(Point point) {
    double rate = Math.log10(Spaces.number(point, "learning_rate")) + 2;
    return rate * rate
        + (point.values().get("optimizer").equals(new ParameterValue.Text("adam")) ? 0.5 : 0);
  }

  /** As a random search over the same space left them. */
  private static List<EarlierTrial> earlier(SweepDefinition sweep, int count) {
    List<EarlierTrial> earlier = new ArrayList<>();
    Sampler random = Sampler.of(sweep(PARAMETERS, "", "sampler: random"));
    for (int trial = 0; trial < count; trial++) {
      Point point = Spaces.sampled(random, trial, Spaces.NO_HISTORY);
      earlier.add(
          EarlierTrial.newBuilder()
              .setSweepId("earlier")
              .setTrial(trial)
              .addAllParameters(sweep.space().parameters(point))
              .setObjective(loss(point))
              .build());
    }
    return earlier;
  }

  @ParameterizedTest
  @ValueSource(strings = {"tpe", "gaussian_process"})
  void drawsAsIfTheEarlierTrialsWereItsOwn(String sampler) {
    SweepDefinition sweep = sweep(PARAMETERS, "", "sampler: " + sampler);
    List<EarlierTrial> earlier = earlier(sweep, 25);
    Sampler own = Sampler.of(sweep.plus(25));
    List<TrialRecord> all = new ArrayList<>();
    for (EarlierTrial trial : earlier) {
      Point point = sweep.space().point(trial.getParametersList());
      all.add(Spaces.completed(all.size(), point, trial.getObjective()));
    }
    Sampler warm = WarmStart.of(sweep, earlier);
    assertThat(warm.independentOfResults()).isZero();
    assertThat(Sampler.of(sweep).independentOfResults()).isEqualTo(10);

    List<TrialRecord> drawn = new ArrayList<>();
    double sum = 0;
    for (int trial = 0; trial < 8; trial++) {
      Point point = Spaces.sampled(warm, trial, new History(List.copyOf(drawn), true));
      assertThat(point)
          .isEqualTo(Spaces.sampled(own, 25 + trial, new History(List.copyOf(all), true)));
      drawn.add(Spaces.completed(trial, point, loss(point)));
      all.add(Spaces.completed(25 + trial, point, loss(point)));
      sum += loss(point);
    }
    double mean = earlier.stream().mapToDouble(EarlierTrial::getObjective).average().orElseThrow();
    assertThat(sum / 8).as("of its first trials, beside %s", mean).isLessThan(mean / 2);
    assertThat(warm.propose(40, new History(List.copyOf(all), true)))
        .isEqualTo(new Proposal.Exhausted());
  }

  @Test
  void isReproducibleWithAReproducibleSampler() {
    SweepDefinition sweep = sweep(PARAMETERS, "", "sampler: tpe, reproducible: true, parallel: 2");
    Sampler warm = WarmStart.of(sweep, earlier(sweep, 25));
    assertThat(warm.dependsOnOrderOfResults()).isFalse();
    Point first = Spaces.sampled(warm, 0, Spaces.NO_HISTORY);
    List<TrialRecord> running = List.of(Spaces.running(0, first));
    Point second = Spaces.sampled(warm, 1, new History(running, true));
    // Whether the one before is over makes no difference; the one before that has to be.
    assertThat(Spaces.sampled(warm, 1, new History(List.of(Spaces.completed(0, first, 0)), true)))
        .isEqualTo(second);
    assertThat(
            warm.propose(
                2, new History(List.of(running.getFirst(), Spaces.running(1, second)), true)))
        .isInstanceOf(Proposal.Wait.class);
  }

  private static String whyNot(String parameters, String fixed, Parameter... changes) {
    SweepDefinition from = sweep(PARAMETERS, "", "sampler: tpe");
    List<Parameter> trained =
        new ArrayList<>(
            earlier(from, 10).stream()
                .filter(
                    t -> t.getParametersList().stream().anyMatch(p -> p.getName().equals("beta1")))
                .findFirst()
                .orElseThrow()
                .getParametersList());
    for (Parameter change : changes) {
      trained.replaceAll(p -> p.getName().equals(change.getName()) ? change : p);
    }
    SearchSpace space = sweep(parameters, fixed, "sampler: tpe").space();
    return WarmStart.whyNot(space, trained);
  }

  @Test
  void saysWhyATrialDoesNotFit() {
    assertThat(whyNot(PARAMETERS, "")).isNull();
    assertThat(whyNot(PARAMETERS, "epochs: 7")).isNull();
    assertThat(whyNot("  learning_rate: {min: 5, max: 6}", "optimizer: adam"))
        .isEqualTo("has a learning_rate outside of this sweep's");
    assertThat(whyNot("  learning_rate: {scale: log, min: 1.0e-4, max: 1}", "optimizer: rmsprop"))
        .isEqualTo("has another optimizer, which is not sampled here");
    assertThat(whyNot(PARAMETERS, "l2: 0.1"))
        .isEqualTo("has another l2, which is not sampled here");
    assertThat(whyNot("  momentum: {min: 0.1, max: 0.9}", "optimizer: momentum"))
        .isEqualTo("has no momentum");
  }

  @Test
  void refusesWhatItCannotUse() {
    SweepDefinition random = sweep(PARAMETERS, "", "sampler: random");
    assertThat(WarmStart.of(random, List.of())).isInstanceOf(RandomSampler.class);
    assertThatThrownBy(() -> WarmStart.of(random, earlier(random, 1)))
        .hasMessage("only the samplers tpe and gaussian_process learn from earlier sweeps");
    SweepDefinition other = sweep(PARAMETERS, "l2: 0.1", "sampler: tpe");
    assertThatThrownBy(() -> WarmStart.of(other, earlier(random, 2)))
        .hasMessage(
            "trial 0 of earlier does not fit this sweep: it has another l2, which is not sampled"
                + " here");
  }
}
