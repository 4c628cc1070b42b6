package dev.caviar.coordinator.importance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caviar.coordinator.importance.RegressionTree.Node;
import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.Scale;
import dev.caviar.coordinator.space.SearchSpace;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What Optuna makes of the same trials; {@code record_optuna.py} says how it was recorded. */
class OptunaRecordingTest {
  private static JsonNode read(String name) throws IOException {
    try (InputStream in =
        OptunaRecordingTest.class.getResourceAsStream("optuna-" + name + ".json")) {
      return new ObjectMapper().readTree(in);
    }
  }

  private static SearchSpace space(JsonNode recording) {
    List<Dimension> dimensions = new ArrayList<>();
    for (JsonNode parameter : recording.get("parameters")) {
      String name = parameter.get("name").asText();
      Domain domain =
          switch (parameter.get("kind").asText()) {
            case "real" -> range(Scale.LINEAR, parameter);
            case "log" -> range(Scale.LOG, parameter);
            case "whole" ->
                new Domain.WholeRange(
                    Scale.LINEAR, parameter.get("low").asLong(), parameter.get("high").asLong());
            default -> {
              List<ParameterValue> choices = new ArrayList<>();
              parameter.get("choices").forEach(c -> choices.add(value(c)));
              yield new Domain.Choices(choices);
            }
          };
      dimensions.add(
          name.equals("momentum")
              ? Functions.when(name, domain, "optimizer", new ParameterValue.Text("momentum"))
              : Functions.dimension(name, domain));
    }
    return new SearchSpace(dimensions, Map.of());
  }

  private static Domain range(Scale scale, JsonNode parameter) {
    return new Domain.RealRange(
        scale, parameter.get("low").asDouble(), parameter.get("high").asDouble());
  }

  private static ParameterValue value(JsonNode node) {
    if (node.isTextual()) {
      return new ParameterValue.Text(node.asText());
    }
    return node.isInt()
        ? new ParameterValue.Whole(node.asLong())
        : new ParameterValue.Real(node.asDouble());
  }

  private static List<Observation> trials(JsonNode recording) {
    List<Observation> trials = new ArrayList<>();
    for (JsonNode trial : recording.get("trials")) {
      Map<String, ParameterValue> values = new LinkedHashMap<>();
      trial.get("values").properties().forEach(e -> values.put(e.getKey(), value(e.getValue())));
      trials.add(new Observation(new Point(values), trial.get("objective").asDouble()));
    }
    return trials;
  }

  /** Another forest of other random draws: alike, not equal. */
  @Test
  void agreesOnSharesOfVariance() throws IOException {
    JsonNode recording = read("numbers");
    List<Effect> effects = Fanova.of(space(recording), trials(recording), 1).mainEffects();

    assertThat(effects).hasSize(recording.get("fanova").size());
    recording
        .get("fanova")
        .properties()
        .forEach(
            entry ->
                assertThat(Functions.share(effects, entry.getKey()))
                    .as(entry.getKey())
                    .isCloseTo(entry.getValue().asDouble(), within(0.03)));
  }

  /** The same tree: equal but for rounding. */
  @Test
  void agreesOnTheDecompositionOfATree() throws IOException {
    JsonNode recording = read("numbers");
    JsonNode tree = recording.get("tree");
    List<Axis> axes =
        space(recording).dimensions().stream()
            .map(dimension -> Axis.of(dimension, List.of()))
            .toList();
    BoxFunction function = new RegressionTree(axes, node(tree, 0)).function();
    double[] alone = new double[axes.size()];

    assertThat(function.variance()).isCloseTo(tree.get("variance").asDouble(), within(1e-9));
    for (int i = 0; i < alone.length; i++) {
      alone[i] = tree.get("marginal").get(i).asDouble();
      assertThat(function.variance(i)).isCloseTo(alone[i], within(1e-9));
    }
    for (JsonNode pair : tree.get("pairs")) {
      int i = pair.get(0).asInt();
      int j = pair.get(1).asInt();
      // Recorded is the marginal of both, which holds what each does alone.
      assertThat(function.variance(i, j))
          .isCloseTo(pair.get(2).asDouble() - alone[i] - alone[j], within(1e-9));
    }
  }

  private static Node node(JsonNode tree, int at) {
    int feature = tree.get("feature").get(at).asInt();
    return feature < 0
        ? new Node.Leaf(tree.get("value").get(at).asDouble())
        : new Node.Below(
            feature,
            tree.get("threshold").get(at).asDouble(),
            node(tree, tree.get("left").get(at).asInt()),
            node(tree, tree.get("right").get(at).asInt()));
  }

  /**
   * Without chance: equal but for rounding. Choices are left out, and the rest made to add up to 1
   * again, because Optuna smooths densities of choices by as much however many trials there are.
   */
  @Test
  void agreesOnWhatSetsTheBestApart() throws IOException {
    for (String name : List.of("numbers", "mixed")) {
      JsonNode recording = read(name);
      SearchSpace space = space(recording);
      List<Effect> effects = PedAnova.of(space, trials(recording), true, 0.25);
      List<String> numbers =
          space.dimensions().stream()
              .filter(dimension -> !(dimension.domain() instanceof Domain.Choices))
              .map(Dimension::name)
              .toList();
      double all = 0;
      double recorded = 0;
      for (String number : numbers) {
        all += Functions.share(effects, number);
        recorded += recording.get("ped_anova").get(number).asDouble();
      }
      for (String number : numbers) {
        assertThat(Functions.share(effects, number) / all)
            .as(number)
            .isCloseTo(recording.get("ped_anova").get(number).asDouble() / recorded, within(1e-6));
      }
    }
  }
}
