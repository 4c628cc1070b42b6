package dev.caviar.coordinator.importance;

import static dev.caviar.coordinator.importance.Functions.dimension;
import static dev.caviar.coordinator.importance.Functions.even;
import static dev.caviar.coordinator.importance.Functions.is;
import static dev.caviar.coordinator.importance.Functions.number;
import static dev.caviar.coordinator.importance.Functions.sample;
import static dev.caviar.coordinator.importance.Functions.share;
import static dev.caviar.coordinator.importance.Functions.space;
import static dev.caviar.coordinator.importance.Functions.when;
import static dev.caviar.coordinator.importance.Functions.words;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.Scale;
import dev.caviar.coordinator.space.SearchSpace;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FanovaTest {
  private static final SearchSpace MIXED =
      space(
          dimension("learning_rate", new Domain.RealRange(Scale.LOG, 1e-4, 1)),
          dimension("activation", words("relu", "tanh", "sigmoid", "none")),
          dimension("hidden_layers", new Domain.WholeRange(Scale.LINEAR, 1, 3)),
          dimension("epsilon", new Domain.RealRange(Scale.LOG, 1e-9, 1e-7)));

  /** Variances: 16 · 1/12, 1/4, 2/3, 0. */
  private static double additive(Point point) {
    double rate = Math.log10(number(point, "learning_rate"));
    boolean curved = is(point, "activation", "tanh") || is(point, "activation", "none");
    return rate + (curved ? 1 : 0) + number(point, "hidden_layers");
  }

  @Test
  void sharesOutTheVarianceOfASum() {
    Fanova fanova = Fanova.of(MIXED, sample(MIXED, 1000, 1, FanovaTest::additive), 1);
    double all = 16 / 12.0 + 1 / 4.0 + 2 / 3.0;

    assertThat(fanova.mainEffects())
        .extracting(effect -> effect.dimensions().getFirst())
        .containsExactly("learning_rate", "hidden_layers", "activation", "epsilon");
    assertThat(share(fanova.mainEffects(), "learning_rate"))
        .isCloseTo(16 / 12.0 / all, within(0.03));
    assertThat(share(fanova.mainEffects(), "hidden_layers")).isCloseTo(2 / 3.0 / all, within(0.03));
    assertThat(share(fanova.mainEffects(), "activation")).isCloseTo(1 / 4.0 / all, within(0.03));
    assertThat(share(fanova.mainEffects(), "epsilon")).isLessThan(0.005);
    assertThat(fanova.interactions()).allMatch(pair -> pair.share() < 0.01);
    assertThat(fanova.outOfBagR2()).isGreaterThan(0.95);
  }

  /** Trees smooth what two thousand trials say of a rugged function; the parts keep their order. */
  @Test
  void comesNearTheSobolIndicesOfIshigamisFunction() {
    Fanova fanova =
        Fanova.of(Functions.ANGLES, sample(Functions.ANGLES, 2000, 2, Functions::ishigami), 1);

    assertThat(share(fanova.mainEffects(), "x1")).isCloseTo(0.3139, within(0.08));
    assertThat(share(fanova.mainEffects(), "x2")).isCloseTo(0.4424, within(0.08));
    assertThat(share(fanova.mainEffects(), "x3")).isCloseTo(0, within(0.08));
    assertThat(share(fanova.interactions(), "x1", "x3")).isCloseTo(0.2437, within(0.08));
    assertThat(share(fanova.interactions(), "x1", "x2")).isCloseTo(0, within(0.08));
    assertThat(share(fanova.interactions(), "x2", "x3")).isCloseTo(0, within(0.08));
    assertThat(fanova.mainEffects())
        .extracting(effect -> effect.dimensions().getFirst())
        .containsExactly("x2", "x1", "x3");
    assertThat(fanova.interactions().getFirst().dimensions()).containsExactly("x1", "x3");
  }

  @Test
  void partsOfAllTreesAddUpToNoMoreThanOne() {
    Fanova fanova = Fanova.of(MIXED, sample(MIXED, 40, 5, p -> p.hashCode() % 100), 3);
    double sum =
        Stream.concat(fanova.mainEffects().stream(), fanova.interactions().stream())
            .mapToDouble(Effect::share)
            .sum();

    assertThat(sum).isGreaterThan(0).isLessThanOrEqualTo(1 + 1e-9);
    assertThat(fanova.mainEffects())
        .allMatch(effect -> Objects.requireNonNull(effect.deviation()) >= 0);
  }

  @Test
  void followsFromTheSeed() {
    List<Observation> trials = sample(MIXED, 60, 6, FanovaTest::additive);
    Fanova once = Fanova.of(MIXED, trials, 8);
    Fanova again = Fanova.of(MIXED, trials, 8);

    assertThat(again.mainEffects()).isEqualTo(once.mainEffects());
    assertThat(again.interactions()).isEqualTo(once.interactions());
    assertThat(again.curve("activation")).isEqualTo(once.curve("activation"));
    assertThat(Fanova.of(MIXED, trials, 9).mainEffects()).isNotEqualTo(once.mainEffects());
  }

  @Test
  void theOrderOfTheParametersDoesNotMatter() {
    SearchSpace reversed = new SearchSpace(MIXED.dimensions().reversed(), Map.of());
    for (long seed = 0; seed < 5; seed++) {
      List<Observation> trials = sample(MIXED, 60, seed, FanovaTest::additive);
      Fanova one = Fanova.of(MIXED, trials, seed);
      Fanova other = Fanova.of(reversed, trials, seed);
      for (Effect effect : one.mainEffects()) {
        assertThat(share(other.mainEffects(), effect.dimensions().getFirst()))
            .isCloseTo(effect.share(), within(1e-9));
      }
      assertThat(share(other.interactions(), "epsilon", "learning_rate"))
          .isCloseTo(share(one.interactions(), "learning_rate", "epsilon"), within(1e-9));
    }
  }

  /**
   * Momentum counts only with its optimizer, half of the space: f = 4(m - 1/2) there and 0
   * elsewhere. Alone it is on average 2(m - 1/2), of variance 4/12, as is its interaction with the
   * optimizer, which alone does nothing.
   */
  @Test
  void aConditionalDimensionChangesNothingWhereItIsNotUsed() {
    SearchSpace space =
        space(
            dimension("optimizer", words("momentum", "adam")),
            when("momentum", even(0, 1), "optimizer", new ParameterValue.Text("momentum")));
    Fanova fanova =
        Fanova.of(
            space,
            sample(
                space,
                800,
                3,
                p -> p.values().containsKey("momentum") ? 4 * (number(p, "momentum") - 0.5) : 0),
            1);

    assertThat(share(fanova.mainEffects(), "optimizer")).isCloseTo(0, within(0.02));
    assertThat(share(fanova.mainEffects(), "momentum")).isCloseTo(0.5, within(0.02));
    assertThat(share(fanova.interactions(), "optimizer", "momentum")).isCloseTo(0.5, within(0.02));
    // Its curve is from where it is used.
    Curve curve = fanova.curve("momentum");
    assertThat(curve.points().getFirst().mean()).isCloseTo(-2, within(0.1));
    assertThat(curve.points().getLast().mean()).isCloseTo(2, within(0.1));
  }

  @Test
  void drawsCurvesOnTheScaleOfTheDimension() {
    Fanova fanova = Fanova.of(MIXED, sample(MIXED, 1000, 1, FanovaTest::additive), 1);
    // The means of the other parts of the sum: 1/2 and 2; or -2, 2; or -2, 1/2.
    Curve rate = fanova.curve("learning_rate");
    assertThat(rate.points()).hasSize(101);
    assertThat(((ParameterValue.Real) rate.points().get(25).value()).value())
        .isCloseTo(1e-3, within(1e-15));
    for (Curve.Value point : rate.points().subList(2, 99)) {
      assertThat(point.mean()).isCloseTo(4 * point.unit() - 4 + 2.5, within(0.12));
    }
    Curve layers = fanova.curve("hidden_layers");
    assertThat(layers.points()).extracting(Curve.Value::value).hasSize(3);
    assertThat(layers.points().get(2).mean()).isCloseTo(1.5, within(0.1));
    assertThat(layers.points().get(1).mean() - layers.points().get(0).mean())
        .isCloseTo(1, within(0.05));
    Curve activation = fanova.curve("activation");
    assertThat(activation.points())
        .extracting(Curve.Value::value)
        .isEqualTo(((Domain.Choices) MIXED.dimensions().get(1).domain()).values());
    assertThat(activation.points().get(1).mean() - activation.points().get(0).mean())
        .isCloseTo(1, within(0.05));
    assertThatThrownBy(() -> fanova.curve("momentum")).hasMessageContaining("no dimension");
  }

  @Test
  void reachesAsFarAsWidenedTrialsWent() {
    SearchSpace space = space(dimension("x", even(0, 1)));
    List<Observation> trials =
        sample(space(dimension("x", even(0, 2))), 100, 1, p -> number(p, "x"));

    Curve curve = Fanova.of(space, trials, 1).curve("x");
    assertThat(((ParameterValue.Real) curve.points().getLast().value()).value()).isGreaterThan(1.9);
  }

  @Test
  void needsEnoughTrialsThatDiffer() {
    List<Observation> few = sample(MIXED, 9, 1, FanovaTest::additive);
    assertThatThrownBy(() -> Fanova.of(MIXED, few, 1))
        .hasMessage("9 completed trials are too few: at least 10 are needed");
    List<Observation> alike = sample(MIXED, 10, 1, p -> 0.5);
    assertThatThrownBy(() -> Fanova.of(MIXED, alike, 1)).hasMessageContaining("same objective");
    assertThatThrownBy(() -> new Observation(new Point(Map.of()), Double.NaN))
        .hasMessageContaining("finite");
  }
}
