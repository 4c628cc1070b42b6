package dev.caviar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A sweep that learns from results, run and run again. */
@NullUnmarked
class VerifyTest {
  private static final String SWEEP =
      """
      name: again
      data: {builtin: digits}
      parameters:
        learning_rate: {scale: log, min: 1.0e-3, max: 0.1}
        hidden_units: {min: 4, max: 12}
      fixed: {epochs: 1}
      search: {sampler: tpe, trials: 12, startup_trials: 4, %s}
      """;

  @TempDir private Path folder;
  private Path sweep;

  @BeforeEach
  void start() throws IOException {
    sweep = folder.resolve("again.yaml");
    Files.writeString(sweep, SWEEP.formatted("reproducible: true, parallel: 3"));
  }

  private Path run(int slots) throws IOException {
    Path results = folder.resolve("results");
    Outcome run =
        Outcome.of("run", sweep.toString(), "--slots", slots + "", "--results", results.toString());
    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.OK);
    try (Stream<Path> made = Files.list(results)) {
      return made.findFirst().orElseThrow();
    }
  }

  private static JsonNode json(Outcome outcome) throws IOException {
    return new ObjectMapper().readTree(outcome.out());
  }

  @Test
  void findsARunOnAnyNumberOfWorkersTheSame() throws IOException {
    Outcome outcome = Outcome.of("verify", run(2).toString(), "--workers", "1,5");
    assertThat(outcome.exitCode()).as(outcome.err()).isEqualTo(ExitCode.OK);
    assertThat(outcome.out())
        .contains("12 trials")
        .containsPattern("as recorded +([0-9a-f]{16})\\s+1 trial at a time +\\1 +the same")
        .containsPattern("5 trials at a time +[0-9a-f]{16} +the same");
    assertThat(outcome.err()).doesNotContain("reproducible").contains("12 of 12 trials are over");
  }

  @Test
  void findsWhatIsNotTheSame() throws IOException {
    Path results = run(1);
    Path trials = results.resolve("trials.csv");
    String recorded = Files.readString(trials);
    // The fourth trial with another learning rate.
    String row = recorded.lines().filter(line -> line.startsWith("3,")).findFirst().orElseThrow();
    int column =
        List.of(recorded.lines().findFirst().orElseThrow().split(",", -1)).indexOf("learning_rate");
    String rate = row.split(",", -1)[column];
    Files.writeString(trials, recorded.replace(rate, "0.0123"));

    Outcome outcome = Outcome.of("verify", results.toString(), "--workers", "2");
    assertThat(outcome.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(outcome.out()).contains("differs from trial 3 on: recorded completed, 0.");

    JsonNode document =
        json(Outcome.of("verify", results.toString(), "--workers", "1", "--output", "json"));
    assertThat(document.at("/runs/0/same").asBoolean()).isFalse();
    assertThat(document.at("/runs/0/first_difference").asInt()).isEqualTo(3);
    assertThat(document.get("digest")).isNotEqualTo(document.at("/runs/0/digest"));
  }

  @Test
  void saysWhyRunsMayDiffer() throws IOException {
    Files.writeString(sweep, SWEEP.formatted("reproducible: false"));
    assertThat(Outcome.of("verify", run(1).toString(), "--workers", "1").err())
        .contains("add reproducible: true to the sweep file's search section");
  }

  @Test
  void beginsWithWhatEarlierSweepsFound() throws IOException {
    Path first = run(2);
    Path warm = folder.resolve("warm");
    Outcome outcome =
        Outcome.of(
            "run", sweep + "", "--results", warm.toString(), "--warm-start", first.toString());
    assertThat(outcome.exitCode()).as(outcome.err()).isEqualTo(ExitCode.OK);
    assertThat(outcome.err()).contains("Warm start: 12 of 12 results of again-");
    try (Stream<Path> made = Files.list(warm)) {
      Path results = made.findFirst().orElseThrow();
      JsonNode summary = new ObjectMapper().readTree(results.resolve("summary.json").toFile());
      assertThat(summary.get("warm_start")).hasSize(12);
      // Its first trials are none of random search's.
      assertThat(Files.readAllLines(results.resolve("trials.csv")).get(1))
          .isNotEqualTo(Files.readAllLines(first.resolve("trials.csv")).get(1));
      Outcome verified = Outcome.of("verify", results.toString(), "--workers", "3");
      assertThat(verified.exitCode()).as(verified.out()).isEqualTo(ExitCode.OK);
    }

    Files.writeString(
        sweep, SWEEP.formatted("").replace("min: 4", "min: 300").replace("12}", "400}"));
    Outcome none = Outcome.of("run", sweep + "", "--warm-start", first.toString());
    assertThat(none.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(none.err())
        .contains("12 left out: each has a hidden_units outside of this sweep's")
        .contains("there is no trial that fits");
    Outcome missing = Outcome.of("run", sweep + "", "--warm-start", "nowhere");
    assertThat(missing.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(missing.err()).contains("there is no folder nowhere");
  }

  @Test
  void refusesWhatCannotBeCompared() throws IOException {
    Path results = run(1);
    Outcome none = Outcome.of("verify", results.toString(), "--workers", "0");
    assertThat(none.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(none.err()).contains("--workers must be 1 to 1,000, is 0");

    Path trials = results.resolve("trials.csv");
    Files.writeString(trials, Files.readString(trials).replaceFirst("completed", "cancelled"));
    Outcome cut = Outcome.of("verify", results.toString());
    assertThat(cut.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(cut.err())
        .contains("is not whole: its trial")
        .contains("is cancelled, so another run cannot be compared with it");
  }
}
