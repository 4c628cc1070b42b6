package dev.caviar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A coordinator and a worker as processes, and the commands that their user gives them. */
@NullUnmarked
class ClusterTest {
  private static final String SWEEP =
      """
      name: small
      data: {builtin: digits, dev: 0.2, test: 0.1}
      parameters:
        learning_rate: {scale: log, min: 1.0e-3, max: 0.1}
        hidden_units: {min: 10, max: 30}
      fixed: {epochs: 3}
      search: {sampler: random, trials: 4, seed: 3}
      """;

  @TempDir Path folder;

  private final List<Process> processes = new ArrayList<>();
  private String server;

  @AfterEach
  void endAll() {
    processes.forEach(Process::destroyForcibly);
  }

  @Test
  void aSweepOutlivesItsCoordinator() throws Exception {
    int port = freePort();
    server = "127.0.0.1:" + port;
    Path store = folder.resolve("store");
    String[] coordinator = {
      "coordinator", "--port", Integer.toString(port), "--store", store.toString()
    };
    Process first = start(coordinator);
    Process worker =
        start("worker", "--coordinator", server, "--slots", "2", "--id", "worker-of-test");
    awaitWorker();

    Path file = Files.writeString(folder.resolve("sweep.yaml"), SWEEP);
    Outcome submitted = caviar("submit", file.toString(), "--watch", "--plain");
    assertThat(submitted.exitCode()).as(submitted.out() + submitted.err()).isZero();
    assertThat(submitted.out()).contains("trial 3 completed").contains("Best trial ");
    String before = caviar("show", "last", "--output", "json").out();

    first.destroy(); // SIGTERM
    assertThat(first.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(caviar("list").exitCode()).isEqualTo(ExitCode.UNREACHABLE);
    start(coordinator);
    awaitWorker();

    assertThat(json(caviar("show", "last", "--output", "json").out())).isEqualTo(json(before));
    Outcome exported =
        caviar("export", "last", "--format", "csv", "--to", folder.resolve("x").toString());
    assertThat(exported.exitCode()).as(exported.err()).isZero();
    Path result = Path.of(exported.out().strip());
    assertThat(Files.readAllLines(result.resolve("curves.csv"))).hasSize(1 + 4 * 3);
    assertThat(result.resolve("best-model.caviar")).exists();
    Outcome paused = caviar("pause", "last");
    assertThat(paused.exitCode()).as(paused.err()).isEqualTo(ExitCode.USAGE);

    Outcome tooLate = caviar("enqueue", "last", "learning_rate=0.01");
    assertThat(tooLate.exitCode()).as(tooLate.out()).isNotZero();
    assertThat(tooLate.err()).contains("give it more with `caviar continue`");
    Outcome more = caviar("continue", "last", "--trials", "1", "--output", "json");
    assertThat(more.exitCode()).as(more.err()).isEqualTo(ExitCode.OK);
    assertThat(caviar("watch", "last", "--plain").exitCode()).isEqualTo(ExitCode.OK);
    int trials = new ObjectMapper().readTree(more.out()).get("trials").asInt();
    assertThat(caviar("show", "last").out())
        .contains("trials     %d of %d are over".formatted(trials, trials));
    Outcome verified = caviar("verify", "last", "--workers", "2");
    assertThat(verified.exitCode()).as(verified.out()).isEqualTo(ExitCode.OK);

    worker.destroy();
    assertThat(worker.waitFor(40, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void sayWhatKeepsThemFromStarting() throws Exception {
    Process coordinator = start("coordinator", "--bind", "0.0.0.0");
    assertThat(coordinator.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(coordinator.exitValue()).isEqualTo(ExitCode.USAGE);
    assertThat(Files.readString(log(0))).contains("The coordinator cannot start: ");
    Process worker = start("worker", "--tls-key", "none.pem");
    assertThat(worker.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(worker.exitValue()).isEqualTo(ExitCode.USAGE);
    assertThat(Files.readString(log(1))).contains("The worker cannot start: ");
  }

  private Process start(String... args) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "--add-modules=jdk.incubator.vector",
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.caviar.cli.Caviar"));
    command.addAll(Arrays.asList(args));
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log(processes.size()).toFile())
            .start();
    processes.add(process);
    return process;
  }

  private Path log(int process) {
    return folder.resolve("process-" + process + ".log");
  }

  private void awaitWorker() throws Exception {
    for (int i = 0; i < 120; i++) {
      Outcome workers = caviar("workers", "--output", "json");
      if (workers.out().contains("worker-of-test")) {
        return;
      }
      Thread.sleep(500);
    }
    StringBuilder logs = new StringBuilder("no worker came:");
    for (int i = 0; i < processes.size(); i++) {
      logs.append('\n').append(Files.readString(log(i)));
    }
    throw new AssertionError(logs);
  }

  private Outcome caviar(String... args) {
    List<String> all = new ArrayList<>(Arrays.asList(args));
    all.addAll(List.of("--server", server));
    return Outcome.of(all.toArray(String[]::new));
  }

  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static JsonNode json(String text) throws Exception {
    return new ObjectMapper().readTree(text);
  }
}
