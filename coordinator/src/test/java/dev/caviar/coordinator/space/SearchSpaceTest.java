package dev.caviar.coordinator.space;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.coordinator.search.History;
import dev.caviar.coordinator.search.Proposal;
import dev.caviar.coordinator.search.RandomSampler;
import dev.caviar.coordinator.search.Sampler;
import dev.caviar.coordinator.space.ParameterValue.Flag;
import dev.caviar.coordinator.space.ParameterValue.Real;
import dev.caviar.coordinator.space.ParameterValue.Text;
import dev.caviar.coordinator.space.ParameterValue.Whole;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import dev.caviar.proto.v1.Parameter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SearchSpaceTest {
  private static SearchSpace space(String parameters) throws SweepFileException {
    return SweepFile.parse(
            "name: a\ndata: {builtin: digits}\nparameters:\n"
                + parameters.indent(2)
                + "search: {trials: 1}\n",
            Path.of("/"))
        .space();
  }

  /** As text, one a line, in order. */
  private static List<String> parameters(SearchSpace space, Map<String, ParameterValue> drawn) {
    return space.parameters(new Point(drawn)).stream().map(SearchSpaceTest::text).toList();
  }

  private static String text(Parameter parameter) {
    return parameter.getName() + "=" + text(parameter.getValue());
  }

  private static String text(dev.caviar.proto.v1.ParameterValue value) {
    return switch (value.getKindCase()) {
      case REAL -> Double.toString(value.getReal());
      case INTEGER -> Long.toString(value.getInteger());
      case TEXT -> value.getText();
      case FLAG -> Boolean.toString(value.getFlag());
      case PER_LAYER ->
          value.getPerLayer().getValuesList().stream()
              .map(SearchSpaceTest::text)
              .collect(Collectors.joining(",", "[", "]"));
      case KIND_NOT_SET -> "?";
    };
  }

  private static boolean applies(
      SearchSpace space, String name, Map<String, ParameterValue> drawn) {
    return space.applies(
        space.dimensions().stream()
            .filter(dimension -> dimension.name().equals(name))
            .findFirst()
            .orElseThrow(),
        drawn);
  }

  @Test
  void trainsWithDefaultsWhereTheFileSaysNothing() throws Exception {
    assertThat(parameters(space("l2: 1"), Map.of()))
        .containsExactly(
            "learning_rate=0.01",
            "learning_rate_decay=0.0",
            "batch_size=64",
            "optimizer=adam",
            "beta1=0.9",
            "beta2=0.999",
            "epsilon=1.0E-8",
            "hidden_layers=1",
            "hidden_units=[50]",
            "activation=relu",
            "batch_norm=true",
            "batch_norm_momentum=0.9",
            "batch_norm_epsilon=1.0E-5",
            // Real, although the file says 1.
            "l2=1.0",
            "dropout=0.0",
            "epochs=20");
  }

  @Test
  void leavesOutWhatOtherValuesLeaveUnused() throws Exception {
    SearchSpace space =
        space(
            """
            optimizer: {values: [momentum, adam, sgd]}
            momentum: {min: 0.5, max: 0.9}
            batch_norm: false
            """);
    assertThat(
            parameters(space, Map.of("optimizer", new Text("momentum"), "momentum", new Real(0.7))))
        .contains("optimizer=momentum", "momentum=0.7", "batch_norm=false")
        .noneMatch(line -> line.startsWith("beta") || line.startsWith("epsilon"))
        .noneMatch(line -> line.startsWith("batch_norm_"));
    assertThat(parameters(space, Map.of("optimizer", new Text("sgd"))))
        .contains("optimizer=sgd")
        .noneMatch(line -> line.startsWith("momentum"));
  }

  @Test
  void givesEachLayerItsUnits() throws Exception {
    SearchSpace drawn =
        space("hidden_layers: {min: 0, max: 3}\nhidden_units: {min: 10, max: 20, per: layer}");
    assertThat(
            parameters(
                drawn,
                Map.of(
                    "hidden_layers",
                    new Whole(2),
                    "hidden_units[0]",
                    new Whole(11),
                    "hidden_units[1]",
                    new Whole(19))))
        .contains("hidden_layers=2", "hidden_units=[11,19]");
    assertThat(parameters(drawn, Map.of("hidden_layers", new Whole(0))))
        .contains("hidden_layers=0")
        .noneMatch(line -> line.startsWith("hidden_units"));
    assertThat(parameters(space("hidden_layers: 3\nhidden_units: 7"), Map.of()))
        .contains("hidden_units=[7,7,7]");
    assertThat(parameters(space("hidden_units: [30, 20]"), Map.of()))
        .contains("hidden_layers=2", "hidden_units=[30,20]");
  }

  @Test
  void fallsBackToTheDefaultWhereAConditionDoesNotHold() throws Exception {
    SearchSpace space =
        space(
            """
            activation: {values: [relu, tanh]}
            dropout: {min: 0.1, max: 0.5, when: {activation: tanh}}
            """);
    assertThat(applies(space, "dropout", Map.of("activation", new Text("tanh")))).isTrue();
    assertThat(applies(space, "dropout", Map.of("activation", new Text("relu")))).isFalse();
    assertThat(parameters(space, Map.of("activation", new Text("relu")))).contains("dropout=0.0");
  }

  @Test
  void testsConstantsToo() throws Exception {
    SearchSpace space =
        space("activation: tanh\ndropout: {min: 0.1, max: 0.5, when: {activation: [tanh, relu]}}");
    assertThat(applies(space, "dropout", Map.of())).isTrue();
  }

  @Test
  void aConditionOnWhatDoesNotItselfApplyDoesNotHold() throws Exception {
    SearchSpace sampled =
        space(
            """
            batch_norm: {values: [true, false]}
            batch_norm_momentum: {values: [0.9, 0.99]}
            dropout: {min: 0.1, max: 0.5, when: {batch_norm_momentum: 0.9}}
            """);
    assertThat(applies(sampled, "dropout", Map.of("batch_norm", new Flag(false)))).isFalse();
    assertThat(
            applies(
                sampled,
                "dropout",
                Map.of("batch_norm", new Flag(true), "batch_norm_momentum", new Real(0.9))))
        .isTrue();

    SearchSpace constant =
        space(
            """
            batch_norm: {values: [true, false]}
            batch_norm_momentum: 0.9
            dropout: {min: 0.1, max: 0.5, when: {batch_norm_momentum: 0.9}}
            """);
    assertThat(applies(constant, "dropout", Map.of("batch_norm", new Flag(true)))).isTrue();
    assertThat(applies(constant, "dropout", Map.of("batch_norm", new Flag(false)))).isFalse();
  }

  @Test
  void domainsContainTheirEnds() {
    Domain real = new Domain.RealRange(Scale.LOG, 0.1, 1);
    assertThat(real.contains(new Real(0.1))).isTrue();
    assertThat(real.contains(new Real(1.1))).isFalse();
    Domain whole = new Domain.WholeRange(Scale.LINEAR, 1, 3);
    assertThat(whole.contains(new Whole(3))).isTrue();
    assertThat(whole.contains(new Whole(0))).isFalse();
    assertThat(whole.contains(new Real(2))).isFalse();
  }

  @Test
  void aTrialsParametersSayWhereItLies() throws Exception {
    for (Path file : Examples.files()) {
      SweepDefinition sweep = Examples.parse(file.getFileName().toString());
      Sampler sampler = new RandomSampler(sweep.space(), new Search.Random(50, 1));
      for (int trial = 0; trial < 50; trial++) {
        Point point =
            ((Proposal.Sampled) sampler.propose(trial, new History(List.of(), true))).point();
        assertThat(sweep.space().point(sweep.space().parameters(point))).isEqualTo(point);
      }
    }
  }

  @Test
  void defaultsOfWhatDoesNotApplyAreNoPlace() throws Exception {
    SearchSpace space =
        space(
            """
            hidden_layers: {min: 1, max: 3}
            dropout: {min: 0.1, max: 0.5, when: {hidden_layers: [2, 3]}}
            """);
    Point one = new Point(Map.of("hidden_layers", new Whole(1)));

    assertThat(parameters(space, one.values())).contains("dropout=0.0");
    assertThat(space.point(space.parameters(one))).isEqualTo(one);
    assertThat(space.point(List.of()).values()).isEmpty();
  }
}
