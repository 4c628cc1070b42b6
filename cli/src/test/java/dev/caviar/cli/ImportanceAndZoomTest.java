package dev.caviar.cli;

import static dev.caviar.cli.Updates.sweep;
import static dev.caviar.cli.Updates.update;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caviar.cli.results.RecordedSweep;
import dev.caviar.cli.results.ResultsException;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.SweepState;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What there is to learn of one small sweep, from its folder and from a coordinator. */
@NullUnmarked
class ImportanceAndZoomTest {
  private static final String FILE =
      """
      name: learn
      data: {builtin: digits, dev: 0.2}
      parameters:
        learning_rate: {scale: log, min: 1.0e-5, max: 1.0e-3}
        hidden_layers: {min: 1, max: 2}
        hidden_units:  {min: 8, max: 16, per: layer}
        optimizer:     {values: [sgd, momentum]}
        momentum:      {scale: one_minus_log, min: 0.8, max: 0.99}
      fixed: {epochs: 1}
      search: {sampler: coarse_to_fine, trials: 24, stages: 2, seed: 5}
      """;

  @TempDir static Path folder;

  private static final TestCoordinator COORDINATOR = new TestCoordinator();
  private static String results;

  private record Outcome(int exitCode, String out, String err) {}

  @BeforeAll
  static void run() throws Exception {
    Path file = Files.writeString(folder.resolve("learn.yaml"), FILE);
    Outcome run = caviar("run", file.toString(), "--results", folder.resolve("r").toString());
    assertThat(run.exitCode()).as(run.err()).isZero();
    try (Stream<Path> made = Files.list(folder.resolve("r"))) {
      results = made.findFirst().orElseThrow().toString();
    }
    COORDINATOR.start();
    GetSweepResponse left = RecordedSweep.read(Path.of(results));
    String id = left.getSummary().getStatus().getSweepId();
    TestCoordinator.Sweep same = COORDINATOR.addSweep(id, left.getSweepFile());
    same.add(update(sweep(SweepState.SWEEP_RUNNING, 24, 1).setSweepId(id)));
    left.getStagesList().forEach(stage -> same.add(update(stage)));
    left.getTrialsList().forEach(trial -> same.add(update(trial.toBuilder())));
  }

  @AfterAll
  static void stop() {
    COORDINATOR.close();
  }

  @Test
  void showsWhichParametersMatter() throws Exception {
    Outcome table = caviar("importance", results);
    assertThat(table.exitCode()).as(table.err()).isZero();
    assertThat(table.out())
        .contains("shares of the variance of dev_error")
        .contains("24 completed trials")
        .containsPattern("learning_rate +\\d+\\.\\d% +\\d+\\.\\d%  █")
        .contains("hidden_units[1]")
        .contains(" × ")
        .contains("Parameters alone account for")
        .contains("The forest predicts");
    JsonNode json = json(caviar("importance", results, "--output", "json"));
    assertThat(json.get("method").asText()).isEqualTo("fanova");
    assertThat(json.get("trials").asInt()).isEqualTo(24);
    assertThat(json.get("parameters")).hasSize(6);
    assertThat(json.get("interactions")).hasSize(15);
    assertThat(json.at("/parameters/0/share").asDouble()).isBetween(0.1, 1.0);
    assertThat(json.at("/interactions/0/parameters")).hasSize(2);
    assertThat(json.has("curve")).isFalse();
  }

  @Test
  void aCoordinatorKnowsWhatAFolderKnows() {
    for (String command : List.of("importance", "zoom")) {
      Outcome here = caviar(command, results, "--output", "json");
      Outcome there = caviar(command, "learn", "--output", "json", "--server", server());
      assertThat(there.exitCode()).as(there.err()).isZero();
      assertThat(there.out()).isEqualTo(here.out());
    }
  }

  private static void addSweep(String id, String file) {
    COORDINATOR
        .addSweep(id, file)
        .add(update(sweep(SweepState.SWEEP_RUNNING, 24, 1).setSweepId(id)));
  }

  private static String server() {
    return COORDINATOR.address();
  }

  @Test
  void drawsACurve() throws Exception {
    Outcome rate = caviar("importance", results, "--parameter", "learning_rate");
    assertThat(rate.out())
        .startsWith("dev_error over learning_rate (log), which alone has ")
        .contains("┤")
        .contains("└───")
        .contains("1e-4");
    assertThat(rate.out().lines()).hasSize(14).allMatch(line -> line.length() <= 80);
    assertThat(caviar("importance", results, "--parameter", "hidden_units[0]").out())
        .contains("8")
        .contains("16");
    assertThat(caviar("importance", results, "--parameter", "optimizer").out())
        .containsPattern("momentum +0\\.\\d+ +0\\.\\d+  █");
    JsonNode curve =
        json(caviar("importance", results, "--parameter", "hidden_layers", "--output", "json"))
            .get("curve");
    assertThat(curve.get("parameter").asText()).isEqualTo("hidden_layers");
    assertThat(curve.get("points")).hasSize(2);
    assertThat(curve.at("/points/1/value").asInt()).isEqualTo(2);
  }

  @Test
  void showsWhatSetsTheBestApart() throws Exception {
    Outcome table = caviar("importance", results, "--method", "ped-anova");
    assertThat(table.exitCode()).as(table.err()).isZero();
    assertThat(table.out())
        .contains("what sets the best 25.0% of 24 completed trials apart")
        .doesNotContain("±");
    JsonNode json =
        json(caviar("importance", results, "--method", "PED-ANOVA", "--output", "json"));
    assertThat(json.get("method").asText()).isEqualTo("ped-anova");
    double sum = 0;
    for (JsonNode parameter : json.get("parameters")) {
      sum += parameter.get("share").asDouble();
      assertThat(parameter.get("deviation").isNull()).isTrue();
    }
    assertThat(sum).isCloseTo(1, Assertions.within(1e-9));
  }

  @Test
  void saysWhatWouldBeRight() throws Exception {
    Outcome unknown = caviar("importance", results, "--parameter", "epsilon");
    assertThat(unknown.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(unknown.err())
        .contains("--parameter epsilon: this sweep does not sample it; it samples learning_rate,");
    assertThat(
            caviar("importance", results, "--parameter", "momentum", "--method", "ped-anova").err())
        .contains("--parameter draws what --method fanova found");
    assertThat(caviar("importance", results, "--method", "ped-anova", "--best", "1").err())
        .contains("--best must be above 0 and below 1");
    addSweep("few-1", FILE);
    Outcome few = caviar("importance", "few", "--server", server());
    assertThat(few.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(few.err())
        .contains("few-1 has 0 completed trials, and fanova needs at least 10")
        .contains("ask again when more have completed");
    addSweep("small-1", FILE.replace("trials: 24", "trials: 6"));
    assertThat(caviar("importance", "small", "--server", server()).err())
        .contains("search: {trials: 10} or above");
    addSweep("old-1", "name: digits\n");
    assertThat(caviar("importance", "old", "--server", server()).err())
        .contains("is not understood by this version");
    assertThat(caviar("zoom", "few", "--server", server()).err()).contains("No stage of few-1");
    addSweep(
        "random-1",
        FILE.replace("sampler: coarse_to_fine", "sampler: random").replace("stages: 2, ", ""));
    assertThat(caviar("zoom", "random", "--server", server()).err())
        .contains("random-1 has no stages");
  }

  @Test
  void explainsTheStages() throws Exception {
    Outcome text = caviar("zoom", results);
    assertThat(text.exitCode()).as(text.err()).isZero();
    assertThat(text.out())
        .contains("stage 1 of 2, trials 0 to 11")
        .contains("the whole space, at random")
        .contains("stage 2 of 2, trials 12 to 23")
        .contains("around the best 3 of 12 trials (dev_error at most ")
        .containsPattern("of the trials before lie")
        .contains("of it before");
    JsonNode json = json(caviar("zoom", results, "--output", "json"));
    assertThat(json.get("keep").asDouble()).isEqualTo(0.25);
    assertThat(json.get("stages")).hasSize(2);
    JsonNode second = json.at("/stages/1");
    assertThat(second.get("drawn_from")).hasSize(3);
    assertThat(second.get("trials_before").asInt()).isEqualTo(12);
    List<Integer> inside = new ArrayList<>();
    second.get("earlier_trials_inside").forEach(trial -> inside.add(trial.asInt()));
    second.get("drawn_from").forEach(trial -> assertThat(inside).contains(trial.asInt()));
    JsonNode rate = second.at("/ranges/learning_rate");
    assertThat(rate.get("best_lowest").asDouble())
        .isBetween(rate.get("min").asDouble(), rate.get("max").asDouble());
    assertThat(rate.get("share_of_range").asDouble()).isBetween(0.0, 1.0);
    assertThat(rate.get("may_widen").isNull()).isTrue();
  }

  @Test
  void aFolderThatIsDamagedSaysSo() throws Exception {
    Path broken = Files.createDirectory(folder.resolve("broken"));
    Files.writeString(broken.resolve("sweep.yaml"), FILE);
    Files.writeString(broken.resolve("trials.csv"), "a,b\n1,2\n");
    Outcome outcome = caviar("importance", broken.toString());
    assertThat(outcome.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(outcome.err()).contains("trials.csv: is not as `caviar run`");
    Files.writeString(broken.resolve("trials.csv"), "");
    Files.writeString(broken.resolve("summary.json"), "{");
    Assertions.assertThatThrownBy(() -> RecordedSweep.read(broken))
        .isInstanceOf(ResultsException.class)
        .hasMessageContaining("is not JSON");
  }

  private static Outcome caviar(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        Caviar.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(args);
    return new Outcome(exitCode, out.toString(), err.toString());
  }

  private static JsonNode json(Outcome outcome) throws Exception {
    return new ObjectMapper().readTree(outcome.out());
  }
}
