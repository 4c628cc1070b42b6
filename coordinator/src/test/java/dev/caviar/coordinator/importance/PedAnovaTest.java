package dev.caviar.coordinator.importance;

import static dev.caviar.coordinator.importance.Functions.dimension;
import static dev.caviar.coordinator.importance.Functions.even;
import static dev.caviar.coordinator.importance.Functions.number;
import static dev.caviar.coordinator.importance.Functions.sample;
import static dev.caviar.coordinator.importance.Functions.share;
import static dev.caviar.coordinator.importance.Functions.space;
import static dev.caviar.coordinator.importance.Functions.words;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.Scale;
import dev.caviar.coordinator.space.SearchSpace;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PedAnovaTest {
  private static final SearchSpace SPACE =
      space(
          dimension("rate", new Domain.RealRange(Scale.LOG, 1e-4, 1)),
          dimension("units", new Domain.WholeRange(Scale.LINEAR, 1, 100)),
          dimension("word", words("a", "b", "c")),
          dimension("noise", even(0, 1)));

  private static double objective(Point point) {
    return Math.abs(Math.log10(number(point, "rate")) + 2) + 0.003 * number(point, "units");
  }

  @Test
  void findsWhatSetsTheBestApart() {
    List<Effect> effects =
        PedAnova.of(SPACE, sample(SPACE, 400, 1, PedAnovaTest::objective), true, 0.25);

    assertThat(effects.getFirst().dimensions()).containsExactly("rate");
    assertThat(effects.stream().mapToDouble(Effect::share).sum()).isCloseTo(1, within(1e-12));
    assertThat(share(effects, "rate")).isGreaterThan(0.8);
    assertThat(share(effects, "noise")).isLessThan(0.05);
    assertThat(effects).allMatch(effect -> effect.deviation() == null);
  }

  @Test
  void largerIsBetterWhereItIs() {
    List<Observation> trials = sample(SPACE, 100, 1, PedAnovaTest::objective);
    List<Observation> negated =
        trials.stream().map(trial -> new Observation(trial.point(), -trial.objective())).toList();

    assertThat(PedAnova.of(SPACE, negated, false, 0.25))
        .isEqualTo(PedAnova.of(SPACE, trials, true, 0.25));
  }

  @Test
  void theOrderOfTheParametersDoesNotMatter() {
    List<Observation> trials = sample(SPACE, 100, 1, PedAnovaTest::objective);
    SearchSpace reversed = new SearchSpace(SPACE.dimensions().reversed(), Map.of());

    for (Effect effect : PedAnova.of(SPACE, trials, true, 0.1)) {
      assertThat(share(PedAnova.of(reversed, trials, true, 0.1), effect.dimensions().getFirst()))
          .isCloseTo(effect.share(), within(1e-12));
    }
  }

  @Property(tries = 100)
  void densitiesAddUpToOne(@ForAll long seed, @ForAll @IntRange(min = 1, max = 50) int many) {
    List<Observation> trials = sample(SPACE, many, seed, p -> 0);
    for (var dimension : SPACE.dimensions()) {
      List<ParameterValue> values =
          trials.stream().map(trial -> trial.point().values().get(dimension.name())).toList();
      double[] density = PedAnova.density(Axis.of(dimension, trials), values);
      assertThat(density)
          .hasSizeBetween(3, 50)
          .satisfies(all -> assertThat(Arrays.stream(all).sum()).isCloseTo(1, within(1e-9)));
      assertThat(Arrays.stream(density).min().orElseThrow()).isPositive();
    }
  }

  /** Three values: each kernel gives 1 + 1/4 to its own choice, 1/4 to the other, of 3/2. */
  @Test
  void smoothsChoices() {
    ParameterValue a = new ParameterValue.Text("a");
    ParameterValue b = new ParameterValue.Text("b");
    Axis axis = new Axis.Choices("word", List.of(a, b));
    double own = 1.25 / 1.5;
    double other = 0.25 / 1.5;

    assertThat(PedAnova.density(axis, List.of(a, a, b)))
        .containsExactly(
            new double[] {(2 * own + other + 0.5) / 4, (own + 2 * other + 0.5) / 4}, within(1e-12));
  }

  @Test
  void needsEnoughTrialsThatDiffer() {
    assertThatThrownBy(
            () -> PedAnova.of(SPACE, sample(SPACE, 19, 1, PedAnovaTest::objective), true, 0.25))
        .hasMessage("19 completed trials are too few: at least 20 are needed");
    assertThatThrownBy(() -> PedAnova.of(SPACE, sample(SPACE, 30, 1, p -> 1), true, 0.25))
        .hasMessageContaining("all of them");
    assertThatThrownBy(() -> PedAnova.of(SPACE, List.of(), true, 1))
        .hasMessageContaining("quantile");
  }
}
