package dev.caviar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A sweep whose learning rates change on the way is planned, run, verified and replayed. */
@NullUnmarked
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LearningRatePathTest {
  private static final String SWEEP =
      """
      name: path
      data: {builtin: digits, dev: 0.2}
      parameters:
        learning_rate: {scale: log, min: 1.0e-3, max: 0.1}
      fixed: {epochs: 6, hidden_units: 8, learning_rate_decay: 0.5}
      search: {sampler: random, trials: 3, seed: 5}
      learning_rate_path:
        - {after_epoch: 2, factor: 0.1}
        - {after_epoch: 4, rate: 0.25}
      """;

  @TempDir private static Path folder;
  private Path sweep;
  private Path results;

  @BeforeAll
  void run() throws IOException {
    sweep = Files.writeString(folder.resolve("path.yaml"), SWEEP);
    Outcome run =
        Outcome.of("run", sweep.toString(), "--slots", "2", "--results", folder + "/results");
    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.OK);
    try (Stream<Path> made = Files.list(folder.resolve("results"))) {
      results = made.findFirst().orElseThrow();
    }
  }

  @Test
  void isTrainedAsTheFileSays() throws IOException {
    List<String[]> curve =
        Files.readAllLines(results.resolve("curves.csv")).stream()
            .map(line -> line.split(",", -1))
            .toList();
    int trial = List.of(curve.getFirst()).indexOf("trial");
    int rate = List.of(curve.getFirst()).indexOf("learning_rate");
    List<Double> rates =
        curve.stream()
            .skip(1)
            .filter(row -> row[trial].equals("0"))
            .map(row -> Double.valueOf(row[rate]))
            .toList();

    assertThat(rates).hasSize(6);
    float first = rates.getFirst().floatValue();
    assertThat(rates.get(1).floatValue()).isEqualTo(first / 1.5f, within(first));
    assertThat(rates.get(2).floatValue()).isEqualTo(first * 0.1f, within(first));
    assertThat(rates.get(4)).isEqualTo(0.25);
    assertThat(rates.get(5).floatValue()).isEqualTo((float) (0.25 / 1.5));
  }

  private static Offset<Float> within(float size) {
    return Offset.offset(size * 1e-6f);
  }

  @Test
  void isPlanned() throws IOException {
    assertThat(Outcome.of("plan", sweep.toString()).out())
        .contains("  after epoch 2 learning_rate = 0.1 of the one it began with")
        .contains("  after epoch 4 learning_rate = 0.25");
    JsonNode plan =
        new ObjectMapper().readTree(Outcome.of("plan", sweep.toString(), "--output", "json").out());
    assertThat(plan.at("/learning_rate_path/1/rate").asDouble()).isEqualTo(0.25);
  }

  @Test
  void comesToTheSameAgain() {
    Outcome verified = Outcome.of("verify", results.toString(), "--workers", "1,2");
    assertThat(verified.exitCode()).as(verified.out()).isEqualTo(ExitCode.OK);
    for (int trial = 0; trial < 3; trial++) {
      Outcome replayed = Outcome.of("replay", results.toString(), Integer.toString(trial));
      assertThat(replayed.exitCode()).as(replayed.out() + replayed.err()).isEqualTo(ExitCode.OK);
    }
  }
}
