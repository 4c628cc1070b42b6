package dev.caviar.coordinator.space;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.caviar.coordinator.space.PandaDefinition.CheckpointPolicy;
import dev.caviar.proto.v1.Parameter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked
class PandaFileTest {
  private static PandaDefinition parse(String file) throws SweepFileException {
    return PandaFile.parse(file, Path.of("/data"));
  }

  private static List<String> problems(String file) {
    return assertThatThrownBy(() -> parse(file))
        .asInstanceOf(type(SweepFileException.class))
        .actual()
        .problems()
        .stream()
        .map(problem -> problem.line() + ":" + problem.column() + " " + problem.message())
        .toList();
  }

  @Test
  void saysWhatToTrainWith() throws SweepFileException {
    PandaDefinition panda =
        parse(
            """
            name: babysat
            data: {builtin: digits, dev: 0.25}
            parameters: {learning_rate: 0.3, hidden_layers: 2, hidden_units: 64}
            fixed: {batch_norm: true}
            objective: {metric: dev_loss}
            checkpoints: {every: 30s, keep_all: 2h, keep_hourly: 3d}
            seed: 7
            """);

    assertThat(panda.name()).isEqualTo("babysat");
    assertThat(panda.seed()).isEqualTo(7);
    assertThat(panda.data().getSplitSeed()).isEqualTo(7);
    assertThat(panda.data().getDevFraction()).isEqualTo(0.25);
    assertThat(panda.objective().metric().key()).isEqualTo("dev_loss");
    assertThat(panda.checkpoints())
        .isEqualTo(
            new CheckpointPolicy(Duration.ofSeconds(30), Duration.ofHours(2), Duration.ofDays(3)));
    assertThat(panda.epochs()).isEqualTo(PandaDefinition.OPEN_END);
    assertThat(panda.parameters())
        .extracting(Parameter::getName)
        .contains("learning_rate", "hidden_units", "beta1", "epochs")
        .doesNotContain("momentum");
  }

  @Test
  void hasNoEndUnlessItNamesOne() throws SweepFileException {
    PandaDefinition panda =
        parse(
            """
            name: short
            data: {builtin: digits}
            parameters: {hidden_units: 5, epochs: 30}
            """);
    assertThat(panda.epochs()).isEqualTo(30);
    assertThat(panda.parameters())
        .filteredOn(parameter -> parameter.getName().equals("epochs"))
        .extracting(parameter -> parameter.getValue().getInteger())
        .as("its worker trains on until it is told otherwise")
        .containsExactly((long) PandaDefinition.OPEN_END);
    assertThat(panda.checkpoints()).isEqualTo(CheckpointPolicy.STANDARD);
  }

  @Test
  void hasOneValueOfEach() {
    assertThat(
            problems(
                """
                name: many
                data: {builtin: digits}
                parameters:
                  learning_rate: {scale: log, min: 0.001, max: 1.0}
                  hidden_units: 5
                  batch_size: {values: [32, 64]}
                """))
        .containsExactly(
            "4:3 learning_rate: a panda is one model, so it has one value; `caviar submit` samples",
            "6:3 batch_size: a panda is one model, so it has one value; `caviar submit` samples");
  }

  @Test
  void allThatIsWrongIsSaidAtOnce() {
    assertThat(
            problems(
                """
                name: bad name
                data: {builtin: digits}
                search: {trials: 3}
                checkpoints: {every: often, keep_all: 2d, keep_hourly: 1h}
                """))
        .hasSize(4)
        .anySatisfy(problem -> assertThat(problem).startsWith("1:7 name must be 1 to 64"))
        .anySatisfy(problem -> assertThat(problem).startsWith("3:1 unknown key 'search'"))
        .anySatisfy(
            problem ->
                assertThat(problem)
                    .startsWith(
                        "4:22 checkpoints: every must be a span such as 30s, 10m, 2h or 1d"))
        .anySatisfy(problem -> assertThat(problem).startsWith("1:1 parameters is missing"));
    assertThat(
            problems(
                """
                name: bad
                data: {builtin: digits}
                parameters: {hidden_units: 5}
                checkpoints: {every: 0s, keep_all: 2d, keep_hourly: 1h}
                """))
        .containsExactly(
            "4:15 checkpoints: every must be at least 1s",
            "4:40 checkpoints: keep_hourly must not be shorter than keep_all, whose checkpoints it"
                + " thins");
  }
}
