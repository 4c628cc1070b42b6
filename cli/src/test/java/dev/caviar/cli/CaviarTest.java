package dev.caviar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The commands as their users call them: real files, real sweeps. */
@NullUnmarked
class CaviarTest {
  private static final String SMALL =
      """
      name: small
      data: {builtin: digits, dev: 0.2, test: 0.1}
      parameters:
        learning_rate: {scale: log, min: 1.0e-3, max: 0.1}
        hidden_units: {min: 10, max: 30}
      fixed: {epochs: 2}
      search: {sampler: random, trials: 4, seed: 3}
      """;

  @TempDir Path folder;

  @Test
  void runsASweepAndLeavesItsResults() throws Exception {
    Outcome outcome =
        Outcome.of("run", file(SMALL), "--results", results(), "--plain", "--slots", "2");

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    assertThat(outcome.out())
        .contains("trial 0 completed")
        .contains("trial 3 completed")
        .contains("Best trial ")
        .contains("test error ")
        .contains("learning_rate = ");
    Path result = onlyResult();
    assertThat(outcome.out()).contains("Results: " + result);
    assertThat(result.resolve("sweep.yaml")).hasContent(SMALL);
    assertThat(Files.readAllLines(result.resolve("trials.csv"))).hasSize(1 + 4);
    assertThat(Files.readAllLines(result.resolve("curves.csv"))).hasSize(1 + 4 * 2);
    JsonNode summary = json(Files.readString(result.resolve("summary.json")));
    assertThat(summary.toString()).contains("learning_rate").contains("\"seed\":3");
    assertThat(result.resolve("best-model.caviar")).isNotEmptyFile();
    assertThat(json(Files.readString(result.resolve("normalization.json"))).get("mean"))
        .hasSize(64);
  }

  @Test
  void jsonIsOneDocumentAloneOnStandardOutput() throws Exception {
    Outcome outcome = Outcome.of("run", file(SMALL), "--results", results(), "--output", "json");

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    JsonNode printed = json(outcome.out());
    assertThat(printed).isEqualTo(json(Files.readString(onlyResult().resolve("summary.json"))));
    assertThat(outcome.err()).contains("trial 0 completed");
  }

  @Test
  void predictsWithTheBestModel() throws Exception {
    assertThat(Outcome.of("run", file(SMALL), "--results", results(), "--plain").exitCode())
        .isZero();
    Path digits = folder.resolve("digits.csv.gz");
    try (InputStream in =
        Objects.requireNonNull(
            dev.caviar.worker.data.DatasetLoader.class.getResourceAsStream("digits.csv.gz"))) {
      Files.copy(in, digits);
    }

    Outcome table = Outcome.of("predict", onlyResult().toString(), digits.toString());
    assertThat(table.exitCode()).as(table.err()).isZero();
    assertThat(table.out()).contains("probability").contains("and 1777 more rows");
    assertThat(table.err()).containsPattern("1[5-7]\\d\\d of 1797 labels met");

    Outcome csv =
        Outcome.of(
            "predict",
            onlyResult().resolve("best-model.caviar").toString(),
            digits.toString(),
            "--output",
            "csv");
    assertThat(csv.out().lines()).hasSize(1 + 1797);
    Outcome json = Outcome.of("predict", results(), digits.toString(), "--output", "json");
    assertThat(json.exitCode()).as("no model in the folder above").isEqualTo(ExitCode.USAGE);
  }

  @Test
  void plansWhatARunThenTrains() throws Exception {
    Outcome plan = Outcome.of("plan", file(SMALL), "--output", "json");
    assertThat(plan.exitCode()).as(plan.err()).isZero();
    JsonNode planned = json(plan.out()).get("sampled");
    assertThat(planned).hasSize(4);

    Outcome.of("run", file(SMALL), "--results", results(), "--plain");
    List<String> trained = Files.readAllLines(onlyResult().resolve("trials.csv"));
    for (JsonNode trial : planned) {
      String learningRate = trial.get("parameters").get("learning_rate").asText();
      assertThat(trained).anyMatch(row -> row.contains(learningRate));
    }
  }

  @Test
  void plansOnlyWhatIsKnownBeforeTraining() throws Exception {
    String zoom =
        SMALL.replace(
            "sampler: random, trials: 4", "sampler: coarse_to_fine, trials: 9, stages: 3");
    Outcome plan = Outcome.of("plan", file(zoom));
    assertThat(plan.out()).contains("small: 9 trials of 2 epochs").contains("6 more follow from");

    String tpe =
        SMALL.replace("sampler: random, trials: 4", "sampler: tpe, trials: 9, startup_trials: 4");
    assertThat(Outcome.of("plan", file(tpe)).out())
        .contains("5 more follow from the results of these");
    String process = tpe.replace("sampler: tpe", "sampler: gaussian_process");
    assertThat(Outcome.of("plan", file(process)).out())
        .contains("5 more follow from the results of these");

    Outcome most = Outcome.of("plan", file(SMALL), "--trials", "1");
    assertThat(most.out()).contains("3 more are not shown");
  }

  @Test
  void showsEachProblemOfASweepFileInItsLine() throws Exception {
    String bad = SMALL.replace("min: 1.0e-3", "min: 0").replace("hidden_units", "hidden_unit");
    Outcome outcome = Outcome.of("run", file(bad), "--results", results());

    assertThat(outcome.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(outcome.err())
        .contains("sweep.yaml:4:")
        .contains("sweep.yaml:5:3: ")
        .contains("  hidden_unit: {min: 10, max: 30}\n    ^\n")
        .contains("2 problems in ");
    assertThat(Path.of(results())).doesNotExist();

    Outcome json = Outcome.of("plan", file(bad), "--output", "json");
    assertThat(json(json.err()).get("problems")).hasSize(2);
  }

  @Test
  void saysWhatIsWrongWithData() throws Exception {
    Outcome outcome =
        Outcome.of("run", file(SMALL.replace("builtin: digits", "csv: nowhere.csv")), "--plain");
    assertThat(outcome.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(outcome.err()).contains("nowhere.csv");
  }

  @Test
  void saysWhatIsWrongWithItsArguments() throws Exception {
    assertThat(Outcome.of("run", folder.resolve("none.yaml").toString()).err())
        .contains("none.yaml: there is no such file");
    assertThat(Outcome.of("run", file(SMALL), "--slots", "0").exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(Outcome.of("rum").exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(Outcome.of().err()).contains("Which command?").contains("plan");

    Path file = Files.writeString(folder.resolve("file"), "");
    Outcome outcome = Outcome.of("run", file(SMALL), "--results", file.toString());
    assertThat(outcome.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(outcome.err()).contains(file.toString());
  }

  @Test
  void aSweepWithoutACompletedTrialFails() throws Exception {
    String wild =
        SMALL
            .replace("{scale: log, min: 1.0e-3, max: 0.1}", "1.0e+30")
            .replace("epochs: 2", "epochs: 2, optimizer: sgd, batch_norm: false");
    Outcome outcome = Outcome.of("run", file(wild), "--results", results(), "--plain");
    assertThat(outcome.exitCode()).as(outcome.out() + outcome.err()).isEqualTo(ExitCode.FAILED);
    assertThat(outcome.out()).contains("4 diverged").contains("No trial completed");
  }

  @Test
  void aSweepOutlivesItsResultFolder() throws Exception {
    CommandLine command =
        new CommandLine(new RunCommand(options -> loseFolder(InProcessClient.start(options))));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    command.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int exitCode = command.execute(file(SMALL), "--results", results(), "--plain");

    assertThat(exitCode).isEqualTo(ExitCode.FAILED);
    assertThat(out.toString()).contains("Best trial ");
    assertThat(err.toString()).contains("Results are missing: " + results());
  }

  /** A client under whose feet the result folder goes before the best model is written. */
  private SweepClient loseFolder(SweepClient client) {
    return (SweepClient)
        Proxy.newProxyInstance(
            SweepClient.class.getClassLoader(),
            new Class<?>[] {SweepClient.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("bestModel")) {
                deleteAll(onlyResult());
              }
              return method.invoke(client, arguments);
            });
  }

  private static void deleteAll(Path directory) throws Exception {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }

  @Test
  void theDoctorFindsOpenBlasAndTheVectorApi() throws Exception {
    Outcome outcome = Outcome.of("doctor", "--output", "json");
    JsonNode found = json(outcome.out());
    assertThat(found.get("problems")).isEmpty();
    assertThat(found.get("arithmetic").asText()).contains("OpenBLAS").contains("Vector API");
    assertThat(outcome.exitCode()).isZero();
  }

  @Test
  void helpsWithEachCommand() {
    for (String command : List.of("run", "plan", "predict", "doctor", "completion")) {
      assertThat(Outcome.of(command, "--help").out()).contains("caviar " + command);
    }
    assertThat(Outcome.of("--help").out()).contains("Exit codes:").contains("130");
    assertThat(Outcome.of("completion").out()).contains("_complete_caviar");
    assertThat(Outcome.of("--version").out()).startsWith("caviar 0.");
  }

  private String file(String sweep) throws Exception {
    return Files.writeString(folder.resolve("sweep.yaml"), sweep).toString();
  }

  private String results() {
    return folder.resolve("results").toString();
  }

  private Path onlyResult() throws Exception {
    try (Stream<Path> results = Files.list(Path.of(results()))) {
      return results.toList().getFirst();
    }
  }

  private static JsonNode json(String text) throws Exception {
    return new ObjectMapper().readTree(text);
  }
}
