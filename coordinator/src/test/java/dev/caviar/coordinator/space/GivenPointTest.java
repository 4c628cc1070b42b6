package dev.caviar.coordinator.space;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterValues;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked
class GivenPointTest {
  private static final SearchSpace SPACE = space();

  private static SearchSpace space() {
    try {
      return SweepFile.parse(
              """
              name: given
              data: {builtin: digits}
              parameters:
                learning_rate: {scale: log, min: 1.0e-4, max: 1}
                optimizer: {values: [adam, momentum]}
                momentum: {min: 0.5, max: 0.99, when: {optimizer: momentum}}
                hidden_layers: {min: 1, max: 3}
                hidden_units: {min: 4, max: 64, per: layer}
                batch_size: {values: [32, 64]}
                batch_norm: {values: [true, false]}
              search: {trials: 5}
              """,
              java.nio.file.Path.of("/"))
          .space();
    } catch (SweepFileException e) {
      throw new AssertionError(e.problems().toString(), e);
    }
  }

  private static dev.caviar.proto.v1.ParameterValue.Builder value() {
    return dev.caviar.proto.v1.ParameterValue.newBuilder();
  }

  private static Parameter given(String name, dev.caviar.proto.v1.ParameterValue.Builder value) {
    return Parameter.newBuilder().setName(name).setValue(value).build();
  }

  private static Parameter units(long... units) {
    ParameterValues.Builder layers = ParameterValues.newBuilder();
    Arrays.stream(units).forEach(n -> layers.addValues(value().setInteger(n)));
    return given("hidden_units", value().setPerLayer(layers));
  }

  @Test
  void takesWhatIsGivenInTheSpacesOrderAndKinds() {
    Point point =
        GivenPoint.of(
            SPACE,
            List.of(
                units(8, 16),
                given("batch_norm", value().setFlag(false)),
                given("batch_size", value().setReal(64)),
                given("hidden_layers", value().setInteger(2)),
                given("momentum", value().setReal(0.9)),
                given("optimizer", value().setText("momentum")),
                given("learning_rate", value().setInteger(1))));
    assertThat(point.values())
        .containsExactly(
            Map.entry("learning_rate", new ParameterValue.Real(1)),
            Map.entry("optimizer", new ParameterValue.Text("momentum")),
            Map.entry("momentum", new ParameterValue.Real(0.9)),
            Map.entry("hidden_layers", new ParameterValue.Whole(2)),
            Map.entry("hidden_units[0]", new ParameterValue.Whole(8)),
            Map.entry("hidden_units[1]", new ParameterValue.Whole(16)),
            Map.entry("batch_size", new ParameterValue.Whole(64)),
            Map.entry("batch_norm", new ParameterValue.Flag(false)));
    assertThat(GivenPoint.of(SPACE, List.of()).values()).isEmpty();
    assertThat(GivenPoint.of(SPACE, List.of(units(8))).values())
        .containsOnlyKeys("hidden_units[0]");
  }

  private static void refused(String message, Parameter... parameters) {
    assertThatThrownBy(() -> GivenPoint.of(SPACE, List.of(parameters)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void saysWhatIsWrong() {
    refused(
        "'l2' is not sampled in this sweep; sampled are learning_rate, optimizer, momentum,"
            + " hidden_layers, hidden_units, batch_size, batch_norm",
        given("l2", value().setReal(0)));
    refused(
        "learning_rate must be from 1.0E-4 to 1.0, is 2.0",
        given("learning_rate", value().setReal(2)));
    refused(
        "learning_rate must be from 1.0E-4 to 1.0, is 'much'",
        given("learning_rate", value().setText("much")));
    refused(
        "hidden_layers must be a whole number from 1 to 3, is 1.5",
        given("hidden_layers", value().setReal(1.5)));
    refused("batch_size must be 32 or 64, is 48", given("batch_size", value().setInteger(48)));
    refused(
        "optimizer must be adam or momentum, is 'lion'",
        given("optimizer", value().setText("lion")));
    refused("batch_norm must be true or false, is 1", given("batch_norm", value().setInteger(1)));
    refused(
        "learning_rate is given twice",
        given("learning_rate", value().setReal(0.1)),
        given("learning_rate", value().setReal(0.1)));
    refused("hidden_units has 4 values, and takes at most 3", units(8, 8, 8, 8));
    refused(
        "learning_rate has 2 values, and takes one",
        given(
            "learning_rate",
            value()
                .setPerLayer(
                    ParameterValues.newBuilder()
                        .addValues(value().setReal(0.1))
                        .addValues(value().setReal(0.1)))));
  }

  @Test
  void asksForWhatAnotherDependsOn() {
    refused(
        "momentum applies only where optimizer is momentum; give that too",
        given("momentum", value().setReal(0.9)));
    refused(
        "momentum applies only where optimizer is momentum",
        given("momentum", value().setReal(0.9)),
        given("optimizer", value().setText("adam")));
    refused("hidden_units applies only where hidden_layers is 2 or 3; give that too", units(8, 16));
  }
}
