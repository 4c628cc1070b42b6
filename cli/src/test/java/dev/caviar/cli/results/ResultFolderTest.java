package dev.caviar.cli.results;

import static dev.caviar.cli.Updates.completed;
import static dev.caviar.cli.Updates.points;
import static dev.caviar.cli.Updates.real;
import static dev.caviar.cli.Updates.stage;
import static dev.caviar.cli.Updates.sweep;
import static dev.caviar.cli.Updates.trial;
import static dev.caviar.cli.Updates.update;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caviar.cli.view.SweepProgress;
import dev.caviar.proto.v1.Evaluation;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.TrialState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultFolderTest {
  @TempDir Path results;

  @Test
  void keepsTheSweepFileAsItWas() throws IOException {
    try (var folder = ResultFolder.create(results, "digits-1", "name: digits # mine\n")) {
      assertThat(folder.path()).isEqualTo(results.resolve("digits-1"));
      assertThat(folder.path().resolve("sweep.yaml")).hasContent("name: digits # mine\n");
    }
  }

  @Test
  void writesOverNothing() {
    ResultFolder.create(results, "digits-1", "a").close();
    ResultFolder.create(results, "digits-1", "b").close();

    assertThat(results.resolve("digits-1/sweep.yaml")).hasContent("a");
    assertThat(results.resolve("digits-1-2/sweep.yaml")).hasContent("b");
  }

  @Test
  void staysInsideItsFolderWhateverTheId() {
    try (var folder = ResultFolder.create(results, "../../etc/x", "a")) {
      assertThat(folder.path().getParent()).isEqualTo(results);
    }
  }

  @Test
  void appendsPointsAsTheyCome() throws IOException {
    try (var folder = ResultFolder.create(results, "s", "")) {
      folder.add(update(points(3, 1, 1, 1)));
      folder.add(update(points(3, 2, 2, 2)));

      assertThat(Files.readAllLines(folder.path().resolve("curves.csv")))
          .hasSize(3)
          .first()
          .isEqualTo(
              "trial,attempt,epoch,step,train_loss,dev_loss,dev_error,learning_rate,seconds");
      assertThat(Files.readAllLines(folder.path().resolve("curves.csv")).getLast())
          .startsWith("3,2,2,46,");
    }
  }

  @Test
  void writesAPointOnceHoweverOftenItComes() throws IOException {
    try (var folder = ResultFolder.create(results, "s", "")) {
      folder.add(update(points(3, 1, 1, 3)));
      folder.add(update(points(3, 2, 3, 4))); // Trained again to the same numbers.
      folder.add(update(points(3, 1, 1, 3)));
      folder.add(update(points(3, 2, 1, 4)));

      assertThat(Files.readAllLines(folder.path().resolve("curves.csv")))
          .hasSize(1 + 4)
          .last()
          .asString()
          .startsWith("3,2,4,92,");
    }
  }

  @Test
  void writesARowWhenATrialIsOver() throws IOException {
    try (var folder = ResultFolder.create(results, "s", "")) {
      folder.add(update(trial(0, TrialState.RUNNING)));
      folder.add(update(completed(0, 20).setObjective(0.125).setStage(1)));
      folder.add(update(completed(0, 20).setObjective(0.125).setStage(1)));

      assertThat(Files.readAllLines(folder.path().resolve("trials.csv")))
          .containsExactly(
              "trial,state,reason,objective,learning_rate,optimizer,hidden_units,batch_size,"
                  + "activation,epochs_trained,seconds,seed,attempt,stage,"
                  + "point,repeat,other_objectives,violation,network_parameters",
              "0,completed,,0.125,0.1,adam,50 60,32,relu,20,2.4,1000,1,1,0,0,,0.0,");
    }
  }

  @Test
  void makesAColumnForAParameterThatTurnsUpLate() throws IOException {
    try (var folder = ResultFolder.create(results, "s", "")) {
      folder.add(update(completed(0, 20)));
      folder.add(
          update(
              trial(1, TrialState.DIVERGED)
                  .setReason("loss is NaN, at step 3")
                  .addParameters(real("momentum", 0.9))));

      List<String> lines = Files.readAllLines(folder.path().resolve("trials.csv"));
      assertThat(lines).hasSize(3);
      assertThat(lines.get(0)).contains("activation,momentum,epochs");
      assertThat(lines.get(1)).contains("relu,,20");
      assertThat(lines.get(2)).contains("\"loss is NaN, at step 3\",,").contains("relu,0.9,0");
    }
  }

  @Test
  void tellsBeforeTrainingThatItCannotWrite() throws IOException {
    Path file = Files.writeString(results.resolve("file"), "");

    assertThatThrownBy(() -> ResultFolder.requireWritable(file.resolve("below")))
        .isInstanceOf(ResultsException.class)
        .hasMessageContaining("results cannot be written there")
        .hasMessageContaining("--results");
  }

  @Test
  void sumsUp() throws IOException {
    var begun = Instant.parse("2026-11-01T12:00:00Z");
    var progress = new SweepProgress(begun);
    progress.apply(
        update(
            sweep(SweepState.SWEEP_COMPLETED, 2, 20)
                .setBestTrial(0)
                .setBestTest(
                    Evaluation.newBuilder().setLoss(0.1).setError(0.03).setExamples(100))));
    progress.apply(update(points(0, 1, 1, 20)));
    progress.apply(update(completed(0, 20)));
    progress.apply(update(trial(1, TrialState.DIVERGED).setObjective(Double.NaN)));
    progress.apply(update(stage(1, 0, 2, List.of())));
    var how = new Summary.Circumstances(42L, begun.plusSeconds(7), 2, "cpu", "OpenBLAS", results);
    try (var folder = ResultFolder.create(results, "s", "")) {
      folder.writeSummary(Summary.of(progress, how));

      JsonNode json = new ObjectMapper().readTree(folder.path().resolve("summary.json").toFile());
      assertThat(json.at("/seed").asLong()).isEqualTo(42);
      assertThat(json.at("/state").asText()).isEqualTo("completed");
      assertThat(json.at("/trials/completed").asInt()).isEqualTo(1);
      assertThat(json.at("/trials/diverged").asInt()).isEqualTo(1);
      assertThat(json.at("/best/trial").asInt()).isZero();
      assertThat(json.at("/best/parameters/hidden_units/1").asInt()).isEqualTo(60);
      assertThat(json.at("/best/test/error").asDouble()).isEqualTo(0.03);
      assertThat(json.at("/stages/0/ranges/optimizer/choices/0").asText()).isEqualTo("adam");
      assertThat(json.at("/timing/seconds").asDouble()).isEqualTo(7);
      assertThat(json.at("/environment/backend").asText()).isEqualTo("cpu");
    }
  }
}
