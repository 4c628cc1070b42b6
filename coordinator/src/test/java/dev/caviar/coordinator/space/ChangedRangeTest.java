package dev.caviar.coordinator.space;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caviar.proto.v1.ParameterValue;
import dev.caviar.proto.v1.RangeChange;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked
class ChangedRangeTest {
  private static final SearchSpace SPACE = space();

  private static SearchSpace space() {
    try {
      return SweepFile.parse(
              """
              name: changed
              data: {builtin: digits}
              parameters:
                learning_rate: {scale: log, min: 1.0e-3, max: 0.1}
                beta1: {scale: one_minus_log, min: 0.5, max: 0.99}
                optimizer: {values: [adam, rmsprop]}
                hidden_layers: {min: 1, max: 2}
                hidden_units: {min: 4, max: 64, per: layer}
                batch_size: {values: [32, 64]}
              search: {trials: 5, sampler: random}
              """,
              Path.of("/"))
          .space();
    } catch (SweepFileException e) {
      throw new AssertionError(e.problems().toString(), e);
    }
  }

  private static RangeChange range(String parameter, double min, double max) {
    return RangeChange.newBuilder().setParameter(parameter).setMin(min).setMax(max).build();
  }

  private static RangeChange choices(String parameter, Object... choices) {
    RangeChange.Builder change = RangeChange.newBuilder().setParameter(parameter);
    for (Object choice : choices) {
      change.addChoices(
          choice instanceof Integer n
              ? ParameterValue.newBuilder().setInteger(n)
              : ParameterValue.newBuilder().setText(choice.toString()));
    }
    return change.build();
  }

  @Test
  void keepsScalesAndChangesAllLayers() {
    Map<String, Domain> changed =
        ChangedRange.of(
            SPACE,
            List.of(
                range("learning_rate", 1e-5, 0.5),
                range("hidden_units", 8, 8),
                choices("optimizer", "momentum", "adam"),
                choices("batch_size", 128)));
    assertThat(changed)
        .containsExactly(
            Map.entry("learning_rate", new Domain.RealRange(Scale.LOG, 1e-5, 0.5)),
            Map.entry("hidden_units[0]", new Domain.WholeRange(Scale.LINEAR, 8, 8)),
            Map.entry("hidden_units[1]", new Domain.WholeRange(Scale.LINEAR, 8, 8)),
            Map.entry(
                "optimizer",
                new Domain.Choices(
                    List.of(
                        new dev.caviar.coordinator.space.ParameterValue.Text("momentum"),
                        new dev.caviar.coordinator.space.ParameterValue.Text("adam")))),
            Map.entry(
                "batch_size",
                new Domain.Choices(
                    List.of(new dev.caviar.coordinator.space.ParameterValue.Whole(128)))));
    SearchSpace space = SPACE.with(changed);
    assertThat(space.dimensions()).hasSameSizeAs(SPACE.dimensions());
    assertThat(space.dimensions().getFirst().domain()).isEqualTo(changed.get("learning_rate"));
    assertThat(space.dimensions().get(2)).isEqualTo(SPACE.dimensions().get(2));
  }

  private static void refused(String message, RangeChange... changes) {
    assertThatThrownBy(() -> ChangedRange.of(SPACE, List.of(changes)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void saysWhatIsWrong() {
    refused(
        "'l2' is not sampled in this sweep; sampled are learning_rate, optimizer, beta1,"
            + " hidden_layers, hidden_units, batch_size",
        range("l2", 0, 1));
    refused(
        "learning_rate: the first end must be less than the second, 0.5 is not less than 0.1",
        range("learning_rate", 0.5, 0.1));
    refused(
        "learning_rate: on the scale log both ends must be above 0, is 0",
        range("learning_rate", 0, 0.1));
    refused(
        "beta1: on the scale one_minus_log both ends must be below 1, is 1",
        range("beta1", 0.5, 1));
    refused("beta1 cannot be -1", range("beta1", -1, 0.9));
    refused("hidden_units cannot be 7.5", range("hidden_units", 7.5, 8));
    refused("hidden_units cannot be 0", range("hidden_units", 0, 8));
    refused(
        "hidden_layers can be at most 2 here, since units are drawn for so many layers",
        range("hidden_layers", 1, 3));
    refused(
        "optimizer has choices; name those that are left, with commas between them",
        range("optimizer", 1, 2));
    refused("optimizer cannot be 'lion'", choices("optimizer", "lion"));
    refused("optimizer has 'adam' twice", choices("optimizer", "adam", "adam"));
    refused("batch_size cannot be 0", choices("batch_size", 0));
    refused(
        "learning_rate has a range; give its ends, such as 0.1..0.5", choices("learning_rate", 1));
    refused(
        "learning_rate is given twice",
        range("learning_rate", 0.01, 0.1),
        range("learning_rate", 0.01, 0.1));
  }
}
