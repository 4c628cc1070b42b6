package dev.caviar.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.caviar.coordinator.CoordinatorNode;
import dev.caviar.coordinator.CoordinatorSettings;
import dev.caviar.worker.WorkerNode;
import dev.caviar.worker.WorkerSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A sweep with two objectives, a constraint and repeats, as all commands tell of it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@NullUnmarked
class ObjectivesTest {
  private static final String SWEEP =
      """
      name: front
      data: {builtin: digits}
      parameters:
        learning_rate: {scale: log, min: 1.0e-3, max: 0.1}
        hidden_units:  {scale: log, min: 4, max: 60}
      fixed: {epochs: 3}
      objectives:
        - {metric: dev_error, of: mean, over: 2}
        - {metric: parameters}
      constraints: [{metric: parameters, max: 3000}]
      search: {sampler: tpe, trials: 24, seed: 4, startup_trials: 4, repeats: 2,
               reproducible: true, parallel: 2, paired_seeds: true}
      """;

  @TempDir private static Path folder;
  private Path results;
  private Outcome run;
  private String server;

  @BeforeAll
  void run() throws IOException {
    Path sweep = folder.resolve("front.yaml");
    Files.writeString(sweep, SWEEP);
    run = Outcome.of("run", sweep.toString(), "--slots", "2", "--results", folder + "/results");
    assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.OK);
    try (Stream<Path> made = Files.list(folder.resolve("results"))) {
      results = made.findFirst().orElseThrow();
    }
  }

  private static JsonNode json(String text) throws IOException {
    return new ObjectMapper().readTree(text);
  }

  @Test
  void tellsTheFrontAndTheBestOfIt() throws IOException {
    JsonNode summary = json(Files.readString(results.resolve("summary.json")));
    assertThat(summary.at("/trials/planned").asInt()).isEqualTo(48);
    assertThat(summary.at("/repeats").asInt()).isEqualTo(2);
    assertThat(summary.at("/objectives/0/of").asText()).isEqualTo("mean");
    assertThat(summary.at("/objectives/1/metric").asText()).isEqualTo("parameters");
    assertThat(summary.at("/constraints/0/max").asInt()).isEqualTo(3000);
    assertThat(summary.at("/trials/infeasible").asInt()).isPositive();
    assertThat(summary.get("front").size()).isPositive();
    assertThat(summary.at("/front/0").asInt()).isEqualTo(summary.at("/best/trial").asInt());
    assertThat(summary.at("/best/standard_error").asDouble()).isNotNegative();
    assertThat(run.out())
        .contains("Pareto front, best in dev_error first: trials ")
        .contains(" ± ");
    assertThat(results.resolve("best-model.caviar")).exists();
  }

  @Test
  void theObjectiveIsThatOfTheCurve() throws IOException {
    JsonNode summary = json(Files.readString(results.resolve("summary.json")));
    int best = summary.at("/best/trial").asInt();
    double[] errors =
        Files.readAllLines(results.resolve("curves.csv")).stream()
            .map(line -> line.split(","))
            .filter(cells -> cells[0].equals(best + ""))
            .mapToDouble(cells -> Double.parseDouble(cells[column("dev_error")]))
            .toArray();
    assertThat(errors).hasSize(3);
    assertThat(summary.at("/best/objective").asDouble())
        .isCloseTo((errors[1] + errors[2]) / 2, offset(1e-12));
  }

  private int column(String name) {
    try {
      String header = Files.readAllLines(results.resolve("curves.csv")).getFirst();
      return List.of(header.split(",")).indexOf(name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void isTheSameOnAnyNumberOfWorkers() {
    Outcome outcome = Outcome.of("verify", results.toString(), "--workers", "1,4");
    assertThat(outcome.exitCode()).as(outcome.out() + outcome.err()).isEqualTo(ExitCode.OK);
    assertThat(outcome.err()).doesNotContain("may differ");
  }

  @Test
  void aTrialIsTrainedAgainWithItsOwnSeed() throws IOException {
    Outcome best = Outcome.of("replay", results.toString(), "--output", "json");
    assertThat(best.exitCode()).as(best.out() + best.err()).isEqualTo(ExitCode.OK);
    assertThat(json(best.out()).get("same").asBoolean()).isTrue();
  }

  @Test
  void importanceCountsPoints() throws IOException {
    JsonNode importance =
        json(Outcome.of("importance", results.toString(), "--output", "json").out());
    JsonNode summary = json(Files.readString(results.resolve("summary.json")));
    assertThat(importance.get("trials").asInt())
        .isEqualTo(summary.at("/trials/completed").asInt() / 2);
  }

  private Outcome caviar(String... args) {
    List<String> all = new ArrayList<>(List.of(args));
    all.addAll(List.of("--server", server));
    return Outcome.of(all.toArray(String[]::new));
  }

  private static Config config(String prefix, Map<String, Object> own) {
    Map<String, Object> settings = new HashMap<>();
    own.forEach((name, value) -> settings.put(prefix + name, value));
    return ConfigFactory.parseMap(settings).withFallback(ConfigFactory.load());
  }

  /** With a real coordinator and a real worker, in this process. */
  @Test
  void aClusterTellsTheSame() throws Exception {
    Set<Integer> front = new HashSet<>();
    json(Files.readString(results.resolve("summary.json")))
        .get("front")
        .forEach(trial -> front.add(trial.asInt()));
    Path sweep = folder.resolve("front.yaml");
    String store = folder.resolve("store").toString();
    try (CoordinatorNode coordinator =
            CoordinatorNode.start(
                CoordinatorSettings.of(
                    config("caviar.coordinator.", Map.of("port", 0, "store.folder", store))));
        WorkerNode worker =
            WorkerNode.start(
                WorkerSettings.of(
                    config(
                        "caviar.worker.",
                        Map.of(
                            "coordinators",
                            "127.0.0.1:" + coordinator.port(),
                            "id",
                            "worker-1",
                            "slots",
                            2))))) {
      assertThat(worker.whenTerminated()).isNotDone();
      server = "127.0.0.1:" + coordinator.port();
      assertThat(caviar("submit", sweep.toString(), "--watch", "--plain").exitCode())
          .isEqualTo(ExitCode.OK);

      JsonNode best = json(caviar("best", "last", "--output", "json").out());
      Set<Integer> told = new HashSet<>();
      best.get("front").forEach(trial -> told.add(trial.get("trial").asInt()));
      assertThat(told).isEqualTo(front);
      assertThat(best.get("point_means").size()).isEqualTo(2);
      assertThat(best.get("repeat").asInt()).isEqualTo(1);
      String text = caviar("best", "last").out();
      assertThat(text)
          .contains(
              "Pareto front: %d of the completed, by dev_error and parameters"
                  .formatted(front.size()))
          .contains("dev_error over parameters")
          .contains("mean and standard error of 2 trials");
      String show = caviar("show", "last").out();
      assertThat(show)
          .contains(
              "objective  least dev_error, mean of the last 2 epochs; least parameters; over 3")
          .contains("constraint parameters at most 3000")
          .contains("each point has 2")
          .contains("Pareto front");
      String trials = caviar("trials", "last").out();
      assertThat(trials.lines().findFirst().orElseThrow())
          .containsPattern("trial +point +state +dev_error +mean +± error +parameters");
      assertThat(caviar("trials", "last", "--state", "infeasible").out()).contains("infeasible");
      assertThat(caviar("compare", "last").out()).contains(" ± ");
      Outcome tooMany = caviar("continue", "last", "--trials", "2147483647");
      assertThat(tooMany.err()).contains("a sweep has at most 1000000 trials");
      Outcome odd = caviar("continue", "last", "--trials", "1");
      assertThat(odd.err()).contains("so it can have 48 or 50 trials, not 49");
    }
  }
}
