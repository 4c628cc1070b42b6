package dev.caviar.coordinator.search;

import static dev.caviar.coordinator.search.Spaces.always;
import static dev.caviar.coordinator.search.Spaces.number;
import static dev.caviar.coordinator.search.Spaces.real;
import static dev.caviar.coordinator.search.Spaces.when;
import static dev.caviar.coordinator.search.Spaces.whole;
import static dev.caviar.coordinator.search.Spaces.word;
import static dev.caviar.coordinator.search.Spaces.words;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.Scale;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked
class ExplorationTest {
  private static final SearchSpace SPACE =
      Spaces.space(
          always("learning_rate", real(Scale.LOG, 1e-4, 1)),
          always("optimizer", words("adam", "momentum")),
          when("momentum", real(Scale.ONE_MINUS_LOG, 0.5, 0.999), "optimizer", word("momentum")),
          always("batch_size", whole(Scale.LOG, 1, 512)),
          always("hidden_units", whole(Scale.LOG, 8, 512)),
          always(
              "l2",
              new Domain.Choices(
                  List.of(
                      new ParameterValue.Real(0),
                      new ParameterValue.Real(0.01),
                      new ParameterValue.Real(0.1)))));

  private static Point point(
      double rate, String optimizer, double momentum, long batch, double l2) {
    Map<String, ParameterValue> values = new LinkedHashMap<>();
    values.put("learning_rate", new ParameterValue.Real(rate));
    values.put("optimizer", word(optimizer));
    if (optimizer.equals("momentum")) {
      values.put("momentum", new ParameterValue.Real(momentum));
    }
    values.put("batch_size", new ParameterValue.Whole(batch));
    values.put("hidden_units", new ParameterValue.Whole(64));
    values.put("l2", new ParameterValue.Real(l2));
    return new Point(values);
  }

  /** How often each value comes up in 4,000 trials, rounded to 9 digits. */
  private static Map<Double, Integer> counts(String parameter, Point from) {
    Map<Double, Integer> counts = new TreeMap<>();
    for (int trial = 0; trial < 4_000; trial++) {
      double value = number(Exploration.explore(SPACE, from, 7, trial, 5, 0), parameter);
      counts.merge(Math.round(value * 1e9) / 1e9, 1, Integer::sum);
    }
    // Both ways as often: four standard deviations of a binomial distribution.
    assertThat(counts.values()).allSatisfy(n -> assertThat(n).isBetween(2_000 - 127, 2_000 + 127));
    return counts;
  }

  @Test
  void perturbsAsThePaperDoes() {
    Point from = point(0.1, "momentum", 0.9, 100, 0.01);
    assertThat(counts("learning_rate", from)).containsOnlyKeys(0.08, 0.12);
    assertThat(counts("momentum", from)).containsOnlyKeys(0.88, 0.92);
    assertThat(counts("batch_size", from)).containsOnlyKeys(80.0, 120.0);
    assertThat(counts("l2", from)).containsOnlyKeys(0.0, 0.1);
  }

  @Test
  void staysInTheSpace() {
    Point edge = point(0.9, "momentum", 0.52, 1, 0.1);
    assertThat(counts("learning_rate", edge)).containsOnlyKeys(0.72, 1.0);
    assertThat(counts("momentum", edge)).containsOnlyKeys(0.5, 0.616);
    // A whole number moves, however small it is.
    assertThat(counts("batch_size", edge)).containsOnlyKeys(1.0, 2.0);
    assertThat(counts("l2", edge)).containsOnlyKeys(0.01, 0.1);
  }

  @Test
  void leavesAloneWhatCannotChangeWhileANetworkIsTrained() {
    for (int trial = 0; trial < 200; trial++) {
      Point explored = Exploration.explore(SPACE, point(0.1, "adam", 0, 100, 0), 7, trial, 5, 0.5);
      assertThat(explored.values().keySet())
          .containsExactly("learning_rate", "optimizer", "batch_size", "hidden_units", "l2");
      assertThat(explored.values().get("optimizer")).isEqualTo(word("adam"));
      assertThat(number(explored, "hidden_units")).isEqualTo(64);
    }
  }

  @Test
  void samplesAnewAsTheRandomSamplerWould() {
    Point from = point(0.1, "adam", 0, 100, 0);
    Sampler random = new RandomSampler(SPACE, new Search.Random(4_000, 3));
    double explored = 0;
    double sampled = 0;
    for (int trial = 0; trial < 4_000; trial++) {
      explored +=
          Math.log10(number(Exploration.explore(SPACE, from, 7, trial, 5, 1), "learning_rate"));
      sampled +=
          Math.log10(number(Spaces.sampled(random, trial, Spaces.NO_HISTORY), "learning_rate"));
    }
    // Even between -4 and 0: its mean has a standard deviation of 0.018.
    assertThat(explored / 4_000).isCloseTo(-2, within(0.075));
    assertThat(explored / 4_000).isCloseTo(sampled / 4_000, within(0.11));
  }

  @Test
  void isTheSameForTheSameTrialAndEpochAlone() {
    Point from = point(0.1, "momentum", 0.9, 100, 0.01);
    assertThat(Exploration.explore(SPACE, from, 7, 3, 5, 1))
        .isEqualTo(Exploration.explore(SPACE, from, 7, 3, 5, 1))
        .isNotEqualTo(Exploration.explore(SPACE, from, 7, 3, 10, 1))
        .isNotEqualTo(Exploration.explore(SPACE, from, 7, 4, 5, 1))
        .isNotEqualTo(Exploration.explore(SPACE, from, 8, 3, 5, 1));
  }
}
