package dev.caviar.cli.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caviar.cli.ExitCode;
import dev.caviar.cli.Outcome;
import dev.caviar.coordinator.CoordinatorNode;
import dev.caviar.worker.WorkerNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A panda's life by the commands of its user, on a real coordinator and a real worker. */
@NullUnmarked
class PandaTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  private static final String FILE =
      """
      name: babysat
      data: {builtin: digits, dev: 0.2, normalize: true}
      parameters: {learning_rate: 0.3, optimizer: adam, hidden_layers: 2, hidden_units: 16}
      checkpoints: {every: 1s}
      seed: 7
      """;

  @TempDir Path folder;

  private CoordinatorNode coordinator;
  private WorkerNode worker;
  private String server;

  @BeforeEach
  void start() {
    coordinator =
        Nodes.coordinator(Map.of("store.folder", folder.resolve("store").toString()), Map.of());
    server = "127.0.0.1:" + coordinator.port();
    worker = Nodes.worker(server, "nurse", Map.of());
  }

  @AfterEach
  void stop() {
    worker.close();
    coordinator.close();
  }

  private Outcome panda(String... args) {
    return Outcome.of(
        Stream.of(Stream.of("panda"), Stream.of(args), Stream.of("--server", server))
            .flatMap(each -> each)
            .toArray(String[]::new));
  }

  private String done(String... args) {
    Outcome outcome = panda(args);
    assertThat(outcome.exitCode()).as(outcome.out() + outcome.err()).isZero();
    return outcome.out();
  }

  private JsonNode state() throws Exception {
    return new ObjectMapper().readTree(done("show", "last", "--output", "json"));
  }

  private void until(int epoch) throws Exception {
    Nodes.until(
        SOON,
        () -> state().get("epoch").asInt() >= epoch && !state().get("best_checkpoint").isNull());
  }

  @Test
  void isStartedChangedTakenBackEndedAndReplayed() throws Exception {
    Path file = Files.writeString(folder.resolve("panda.yaml"), FILE);
    String id = done("start", file.toString()).strip();
    until(3);
    assertThat(done("set", "last", "learning_rate=0.05", "--why", "too large"))
        .contains("set learning_rate 0.3 -> 0.05, from epoch ");
    done("checkpoint", "last", "--name", "before-lunch");
    assertThat(done("set", "last", "learning_rate=5", "batch_size=32"))
        .contains("batch_size 64 -> 32");
    int spoilt = state().get("epoch").asInt();
    until(spoilt + 2);
    done("rollback", "last", "--to", "before-lunch", "--set", "learning_rate=0.01");
    done("recalibrate", "last");
    done("pause", "last", "--why", "lunch");
    Nodes.until(SOON, () -> state().get("phase").asText().equals("paused"));
    assertThat(state().get("worker").asText()).isEmpty();
    done("resume", "last");
    done("rollback", "last", "--to", "epoch:2");
    int again = state().get("epoch").asInt();
    until(again + 3);
    done("end", "last", "--why", "enough");

    Outcome watched = panda("watch", "last", "--plain");
    assertThat(watched.exitCode()).as(watched.err()).isZero();
    assertThat(watched.out()).contains("rollback from branch 0").contains("ended");
    assertThat(done("log", "last"))
        .contains("branch 0: epochs 0 to ")
        .contains("\"too large\"")
        .contains("checkpoint")
        .contains("\"before-lunch\"")
        .contains("└── branch 2 (present): epochs 2 to ");
    assertThat(done("promote", "last", "--branch", "1")).contains("rate: 0.01}");
    assertThat(done("list")).contains(id);

    Outcome replayed = panda("replay", "last", "--output", "json");
    assertThat(replayed.exitCode()).as(replayed.out() + replayed.err()).isZero();
    JsonNode result = new ObjectMapper().readTree(replayed.out());
    assertThat(result.get("same").asBoolean()).isTrue();
    assertThat(result.get("branches")).hasSize(3);
    assertThat(result.at("/branches/0/checkpoints").asInt()).isPositive();
    assertThat(result.at("/branches/2/points").asInt()).isPositive();
  }

  @Test
  void refusesWhatCannotBe() throws Exception {
    Path wrong =
        Files.writeString(folder.resolve("wrong.yaml"), FILE.replace("0.3", "{min: 0.1, max: 1}"));
    Outcome problems = panda("start", wrong.toString());
    assertThat(problems.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(problems.err()).contains("wrong.yaml:3:").contains("1 problem in");

    done("start", Files.writeString(folder.resolve("panda.yaml"), FILE).toString());
    until(1);
    Outcome shape = panda("set", "last", "hidden_units=8");
    assertThat(shape.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(shape.err()).contains("hidden_units");
    Outcome range = panda("set", "last", "learning_rate=-1");
    assertThat(range.exitCode()).isEqualTo(ExitCode.USAGE);
    Outcome none = panda("rollback", "last", "--to", "checkpoint:999");
    assertThat(none.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(none.err()).contains("999");
  }

  @Test
  void goesOnWithATrialAndBeginsASweep() throws Exception {
    Path sweep =
        Files.writeString(
            folder.resolve("sweep.yaml"),
            """
            name: ways
            data: {builtin: digits, dev: 0.2, normalize: true}
            parameters: {learning_rate: {scale: log, min: 1.0e-3, max: 1.0e-2}}
            fixed: {optimizer: adam, hidden_layers: 2, hidden_units: 16, epochs: 5}
            search: {sampler: random, trials: 2, seed: 7}
            """);
    Outcome submitted =
        Outcome.of("submit", sweep.toString(), "--watch", "--plain", "--server", server);
    assertThat(submitted.exitCode()).as(submitted.err()).isZero();

    done("adopt", "last", "1", "--why", "the better one");
    until(7);
    done("pause", "last");
    assertThat(done("show", "last")).contains("adopted     trial 1 of ways-");
    Outcome spawned =
        panda("spawn", "last", "--checkpoint", "best", sweep.toString(), "--watch", "--plain");
    assertThat(spawned.exitCode()).as(spawned.out() + spawned.err()).isZero();
    assertThat(spawned.out()).contains("ways: 2 completed");
    Outcome replayed = panda("replay", "last");
    assertThat(replayed.exitCode()).as(replayed.out() + replayed.err()).isZero();
  }
}
