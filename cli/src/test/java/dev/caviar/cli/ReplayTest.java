package dev.caviar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A population, and its trials trained again from what was recorded of them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@NullUnmarked
class ReplayTest {
  private static final String SWEEP =
      """
      name: population
      data: {builtin: digits}
      parameters:
        learning_rate: {scale: log, min: 1.0e-4, max: 0.5}
        dropout: {min: 0, max: 0.5}
        batch_size: {values: [32, 64, 128]}
      fixed: {epochs: 8, hidden_units: 8}
      search: {sampler: random, trials: 6, seed: 5}
      schedule: {early_stopping: population_based, interval: 2, quantile: 0.5}
      """;

  @TempDir private static Path folder;
  private Path results;
  private String told;

  @BeforeAll
  void run() throws IOException {
    Path sweep = folder.resolve("population.yaml");
    Files.writeString(sweep, SWEEP);
    Outcome run =
        Outcome.of("run", sweep.toString(), "--slots", "2", "--results", folder + "/results");
    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.OK);
    told = run.out();
    try (Stream<Path> made = Files.list(folder.resolve("results"))) {
      results = made.findFirst().orElseThrow();
    }
  }

  private static JsonNode json(Outcome outcome) throws IOException {
    return new ObjectMapper().readTree(outcome.out());
  }

  @Test
  void tellsHowTheBestNetworkWasTrained() throws IOException {
    JsonNode summary = new ObjectMapper().readTree(results.resolve("summary.json").toFile());
    JsonNode lineages = summary.get("lineages");
    // Of six trials three become copies at each of three exchanges.
    assertThat(lineages.size()).isBetween(3, 6);
    JsonNode lineage = lineages.path(summary.at("/best/trial").asText());
    if (!lineage.isMissingNode()) {
      assertThat(told).contains("was trained so:").containsPattern("epochs +of trial");
    }
    for (JsonNode each : lineages) {
      assertThat(each.get(0).get("from_step").asLong()).isZero();
      assertThat(each.get(each.size() - 1).get("from_epoch").asInt()).isIn(2, 4, 6);
    }
  }

  @Test
  void comesToTheSameFromTheRecordedSchedule() throws IOException {
    int copies = 0;
    for (int trial = 0; trial < 6; trial++) {
      JsonNode again =
          json(Outcome.of("replay", results.toString(), trial + "", "--output", "json"));
      assertThat(again.get("same").asBoolean()).as("%s", again).isTrue();
      assertThat(again.get("epochs").asInt()).isEqualTo(8);
      copies += again.get("parts").asInt() > 1 ? 1 : 0;
    }
    assertThat(copies).isGreaterThanOrEqualTo(3);

    Outcome best = Outcome.of("replay", results.toString());
    assertThat(best.exitCode()).isEqualTo(ExitCode.OK);
    assertThat(best.out()).contains("8 epochs in").contains(", the same as recorded");
  }

  @Test
  void isTheSameOnAnyNumberOfWorkers() {
    Outcome outcome = Outcome.of("verify", results.toString(), "--workers", "1,4");
    assertThat(outcome.exitCode()).as(outcome.out()).isEqualTo(ExitCode.OK);
    assertThat(outcome.err()).doesNotContain("may differ");
  }

  @Test
  void saysWhatIsNotTheSame() throws IOException {
    Path other = Files.createDirectory(folder.resolve("other"));
    for (String name : new String[] {"sweep.yaml", "trials.csv", "summary.json"}) {
      Files.copy(results.resolve(name), other.resolve(name));
    }
    Path summary = other.resolve("summary.json");
    String recorded = Files.readString(summary);
    JsonNode lineages = new ObjectMapper().readTree(recorded).get("lineages");
    String copy = lineages.fieldNames().next();
    String rate = lineages.get(copy).get(1).at("/parameters/learning_rate").asText();
    assertThat(recorded).contains(rate);
    Files.writeString(summary, recorded.replace(rate, "0.0123"));
    Outcome differs = Outcome.of("replay", other.toString(), copy);
    assertThat(differs.exitCode()).as(differs.out()).isEqualTo(ExitCode.FAILED);
    assertThat(differs.out()).contains("but recorded was");
  }

  @Test
  void refusesATrialThatThereIsNot() {
    Outcome none = Outcome.of("replay", results.toString(), "17");
    assertThat(none.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(none.err()).contains("has no trial 17");
  }
}
