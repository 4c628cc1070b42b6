package dev.caviar.cli.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caviar.cli.Outcome;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A panda on a coordinator and two workers, each a process of its own, some of which die. */
@NullUnmarked
class PandaClusterTest {
  private static final String PANDA =
      """
      name: babysat
      data: {builtin: digits, dev: 0.2}
      parameters:
        learning_rate: 0.05
        learning_rate_decay: 0.01
        optimizer: adam
        hidden_layers: 2
        hidden_units: 64
        batch_size: 32
      checkpoints: {every: 1s}
      seed: 7
      """;

  private static final String WAYS_ON =
      """
      name: ways-on
      data: {builtin: digits, dev: 0.2, split_seed: 7}
      parameters:
        learning_rate: {scale: log, min: 1.0e-4, max: 0.1}
        l2: {scale: log, min: 1.0e-6, max: 0.01}
      fixed: {optimizer: adam, hidden_layers: 2, hidden_units: 64, epochs: 3}
      search: {sampler: random, trials: 4, seed: 3}
      """;

  private static final Duration SOON = Duration.ofSeconds(60);
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  private final Map<String, CaviarProcess> processes = new LinkedHashMap<>();
  private String server;

  @BeforeEach
  void start() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    server = "127.0.0.1:" + port;
    processes.put(
        "coordinator",
        new CaviarProcess(
            "coordinator",
            "dev.caviar.coordinator.CoordinatorMain",
            Map.of(
                "CAVIAR_PORT", Integer.toString(port),
                "CAVIAR_STORE_FOLDER", folder.resolve("store").toString(),
                "CAVIAR_WORKER_TIMEOUT", "3s",
                "CAVIAR_CHECKPOINT_INTERVAL", "1s",
                "CAVIAR_RETURN_TIMEOUT", "6s"),
            folder));
    for (String worker : List.of("worker-1", "worker-2")) {
      processes.put(
          worker,
          new CaviarProcess(
              worker,
              "dev.caviar.worker.WorkerMain",
              Map.of(
                  "CAVIAR_COORDINATORS",
                  server,
                  "CAVIAR_WORKER_ID",
                  worker,
                  "CAVIAR_SLOTS",
                  "1",
                  "OMP_NUM_THREADS",
                  "1"),
              folder));
    }
    processes.values().forEach(CaviarProcess::start);
  }

  @AfterEach
  void end() {
    processes.values().forEach(CaviarProcess::close);
  }

  private Outcome caviar(String... args) {
    List<String> all = new ArrayList<>(Arrays.asList(args));
    all.addAll(List.of("--server", server));
    return Outcome.of(all.toArray(String[]::new));
  }

  /** What must succeed. */
  private Outcome panda(String... args) {
    List<String> all = new ArrayList<>(List.of("panda"));
    all.addAll(Arrays.asList(args));
    Outcome outcome = caviar(all.toArray(String[]::new));
    assertThat(outcome.exitCode()).as(outcome.out() + outcome.err()).isZero();
    return outcome;
  }

  private JsonNode show() throws Exception {
    return JSON.readTree(panda("show", "last", "--output", "json").out());
  }

  private void until(Callable<Boolean> condition) throws InterruptedException {
    try {
      Nodes.until(SOON, condition);
    } catch (AssertionError late) {
      processes.values().forEach(process -> late.addSuppressed(new Exception(process.log())));
      throw late;
    }
  }

  /** Lets it train so many epochs more. */
  private void train(int epochs) throws Exception {
    int now = show().path("epoch").asInt();
    int branch = show().path("branch").asInt();
    until(
        () -> {
          JsonNode panda = show();
          return panda.path("phase").asText().equals("training")
              && (panda.path("branch").asInt() > branch
                  || panda.path("epoch").asInt() >= now + epochs);
        });
  }

  @Test
  void comesToTheSameWhenItIsTrainedAgainWhateverDied() throws Exception {
    Path file = Files.writeString(folder.resolve("panda.yaml"), PANDA);
    until(() -> caviar("panda", "list").exitCode() == 0);
    panda("start", file.toString());
    train(5);
    panda("set", "last", "learning_rate=0.02", "--why", "smaller steps");
    panda("set", "last", "batch_size=48", "l2=1e-4");
    train(3);
    panda("checkpoint", "last", "--name", "before-lunch");
    panda("recalibrate", "last");

    // Its worker dies, and what is asked for meanwhile is made by the other.
    String dying = show().path("worker").asText();
    assertThat(dying).isIn("worker-1", "worker-2");
    processes.get(dying).kill();
    panda("set", "last", "beta1=0.8", "--why", "while nobody has it");
    until(() -> !show().path("worker").asText().equals(dying));
    train(3);
    assertThat(show().path("worker").asText()).isNotEqualTo(dying).isNotEmpty();
    processes.get(dying).start();

    panda("rollback", "last", "--to", "best", "--why", "back");
    train(3);
    panda("set", "last", "dropout=0.2");
    panda("pause", "last");
    until(() -> show().path("phase").asText().equals("paused"));
    panda("set", "last", "learning_rate=0.01", "--why", "for later");
    panda("resume", "last");
    train(3);

    // The coordinator dies; what it has answered is there, and the worker trains on.
    processes.get("coordinator").kill();
    processes.get("coordinator").start();
    until(() -> caviar("panda", "list").exitCode() == 0);
    train(3);
    panda("set", "last", "dropout=0", "l2=1e-3");
    panda("rollback", "last", "--to", "before-lunch", "--why", "once more");
    train(3);
    panda("set", "last", "learning_rate=0.005", "batch_size=16");
    train(2);
    panda("end", "last", "--why", "enough");
    until(
        () -> {
          JsonNode panda = show();
          return panda.path("phase").asText().equals("ended")
              && panda.path("ledger").path(panda.path("ledger").size() - 1).hasNonNull("step");
        });

    JsonNode panda = show();
    assertThat(panda.path("ledger"))
        .as("each was made: " + panda.path("ledger").toPrettyString())
        .allMatch(entry -> entry.hasNonNull("step"));
    assertThat(panda.path("branches")).hasSize(3);
    Outcome replayed = panda("replay", "last");
    assertThat(replayed.out()).contains("the same").doesNotContain("differs");
    assertThat(replayed.exitCode()).isZero();
  }

  @Test
  void aSweepGoesOnFromItsCheckpointAndATrialOfItIsAdopted() throws Exception {
    Path file = Files.writeString(folder.resolve("panda.yaml"), PANDA);
    until(() -> caviar("panda", "list").exitCode() == 0);
    panda("start", file.toString());
    train(5);
    until(() -> show().hasNonNull("best_checkpoint"));
    panda("end", "last");
    double best = show().path("best").asDouble();

    Path wrong =
        Files.writeString(
            folder.resolve("wrong.yaml"),
            WAYS_ON.replace(", split_seed: 7", "").replace("hidden_units: 64", "hidden_units: 32"));
    Outcome refused = caviar("panda", "spawn", "last", "--checkpoint", "best", wrong.toString());
    assertThat(refused.exitCode()).isNotZero();
    assertThat(refused.err())
        .contains("the same examples must be held out as with the panda; add split_seed: 7")
        .contains("hidden_units: must be [64, 64], as the panda has it; add it to fixed");

    Path ways = Files.writeString(folder.resolve("ways-on.yaml"), WAYS_ON);
    Outcome spawned =
        caviar(
            "panda",
            "spawn",
            "last",
            "--checkpoint",
            "best",
            ways.toString(),
            "--watch",
            "--plain");
    assertThat(spawned.exitCode()).as(spawned.out() + spawned.err()).isZero();
    JsonNode sweep = JSON.readTree(caviar("show", "last", "--output", "json").out());
    assertThat(sweep.path("start").path("panda").asText()).startsWith("babysat-");
    // Three epochs from new weights would not come near.
    assertThat(sweep.path("best_objective").asDouble()).isLessThan(best + 0.02);
    assertThat(caviar("replay", "last").err()).contains("began with the network of panda");

    Outcome adopted = panda("adopt", "last", "2", "--why", "to be watched");
    assertThat(adopted.out()).contains("ways-on-trial2-");
    train(5);
    panda("end", "last");
    until(() -> show().path("phase").asText().equals("ended"));
    panda("replay", "last");
  }
}
