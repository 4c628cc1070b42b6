package dev.caviar.cli.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caviar.cli.Outcome;
import dev.caviar.cli.remote.ConnectionSettings;
import dev.caviar.cli.remote.GrpcSweepClient;
import dev.caviar.cli.remote.RemoteException;
import dev.caviar.coordinator.CoordinatorNode;
import dev.caviar.coordinator.api.Certificates;
import dev.caviar.proto.v1.GetBestModelRequest;
import dev.caviar.proto.v1.GetSweepRequest;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.SubmitSweepRequest;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.WatchSweepRequest;
import dev.caviar.worker.WorkerNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A coordinator, a worker and clients with the certificates that {@code certs init} makes. */
@NullUnmarked
class SecureClusterTest {
  @TempDir Path folder;

  private static <T> T await(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  private GrpcSweepClient client(int port, String tokenFile) {
    return GrpcSweepClient.of(
        ConnectionSettings.resolve(
            new ConnectionSettings.Given(
                List.of("localhost:" + port),
                tokenFile == null ? null : folder.resolve(tokenFile),
                folder.resolve(Certificates.AUTHORITY)),
            Map.of(),
            folder.resolve("no-config")));
  }

  private CoordinatorNode coordinatorWithTokens() {
    return Nodes.coordinator(
        Map.of(
            "store.folder", folder.resolve("store").toString(),
            "tokens-file", folder.resolve(Certificates.TOKENS).toString()),
        Nodes.tls(folder, Certificates.COORDINATOR, Certificates.COORDINATOR_KEY));
  }

  private WorkerNode worker(CoordinatorNode coordinator, String name) {
    return Nodes.worker(
        "localhost:" + coordinator.port(),
        name,
        Nodes.tls(folder, Certificates.WORKER, Certificates.WORKER_KEY));
  }

  @Test
  void aSweepRunsOverTls() throws Exception {
    Certificates.create(folder, List.of());
    try (CoordinatorNode coordinator = coordinatorWithTokens();
        WorkerNode worker = worker(coordinator, "secured");
        GrpcSweepClient operator = client(coordinator.port(), Certificates.OPERATOR_TOKEN);
        GrpcSweepClient viewer = client(coordinator.port(), Certificates.VIEWER_TOKEN)) {
      assertThat(worker.whenTerminated()).isNotDone();
      SubmitSweepRequest submit = Nodes.sweep("secured", 3, 3);
      assertThatThrownBy(() -> await(viewer.submit(submit)))
          .hasCauseInstanceOf(RemoteException.class)
          .hasMessageContaining("the token is a viewer's; SubmitSweep needs an operator's");

      String id = await(operator.submit(submit)).getSweepId();
      await(
          viewer.watch(
              WatchSweepRequest.newBuilder().setSweepId(id).build(), update -> {}, note -> {}));

      GetSweepResponse sweep =
          await(viewer.get(GetSweepRequest.newBuilder().setSweepId(id).build()));
      assertThat(sweep.getSummary().getStatus().getState()).isEqualTo(SweepState.SWEEP_COMPLETED);
      assertThat(sweep.getTrialsList())
          .hasSize(3)
          .allMatch(trial -> trial.getState() == TrialState.COMPLETED);
      assertThat(
              await(viewer.bestModel(GetBestModelRequest.newBuilder().setSweepId(id).build()))
                  .hasModel())
          .isTrue();
    }
  }

  @Test
  void aPandaIsBabysatOverTls() throws Exception {
    Certificates.create(folder, List.of());
    Path file =
        Files.writeString(
            folder.resolve("panda.yaml"),
            """
            name: secured
            data: {builtin: digits}
            parameters: {learning_rate: 0.05, hidden_units: 16, batch_size: 64}
            """);
    try (CoordinatorNode coordinator = coordinatorWithTokens();
        WorkerNode worker = worker(coordinator, "secured")) {
      assertThat(worker.whenTerminated()).isNotDone();
      int port = coordinator.port();
      Outcome refused = panda(port, Certificates.VIEWER_TOKEN, "start", file.toString());
      assertThat(refused.exitCode()).isNotZero();
      assertThat(refused.err()).contains("the token is a viewer's; StartPanda needs an operator's");

      assertThat(panda(port, Certificates.OPERATOR_TOKEN, "start", file.toString()).exitCode())
          .isZero();
      Outcome tuned = panda(port, Certificates.OPERATOR_TOKEN, "set", "last", "learning_rate=0.01");
      assertThat(tuned.exitCode()).as(tuned.err()).isZero();
      Outcome log = panda(port, Certificates.VIEWER_TOKEN, "log", "last");
      assertThat(log.exitCode()).as(log.err()).isZero();
      assertThat(log.out()).contains("learning_rate 0.05 -> 0.01");
      assertThat(panda(port, Certificates.VIEWER_TOKEN, "end", "last").err())
          .contains("the token is a viewer's; EndPanda needs an operator's");
      assertThat(panda(port, Certificates.OPERATOR_TOKEN, "end", "last").exitCode()).isZero();
    }
  }

  private Outcome panda(int port, String tokenFile, String... arguments) {
    List<String> all = new ArrayList<>(List.of("panda"));
    all.addAll(List.of(arguments));
    all.addAll(
        List.of(
            "--server", "localhost:" + port,
            "--token-file", folder.resolve(tokenFile).toString(),
            "--ca-file", folder.resolve(Certificates.AUTHORITY).toString()));
    return Outcome.of(all.toArray(String[]::new));
  }

  @Test
  void aWorkerWithoutACertificateIsNotLetIn() throws Exception {
    Certificates.create(folder, List.of());
    Path others = folder.resolve("others");
    Certificates.create(others, List.of());
    try (CoordinatorNode coordinator =
            Nodes.coordinator(
                Map.of("store.folder", folder.resolve("store").toString()),
                Nodes.tls(folder, Certificates.COORDINATOR, Certificates.COORDINATOR_KEY));
        WorkerNode plain = Nodes.worker("localhost:" + coordinator.port(), "plain", Map.of());
        WorkerNode stranger =
            Nodes.worker(
                "localhost:" + coordinator.port(),
                "stranger",
                Map.of(
                    "tls.certificate", others.resolve(Certificates.WORKER).toString(),
                    "tls.key", others.resolve(Certificates.WORKER_KEY).toString(),
                    "tls.authority", folder.resolve(Certificates.AUTHORITY).toString()));
        WorkerNode known = worker(coordinator, "known");
        GrpcSweepClient client = client(coordinator.port(), null)) {
      assertThat(List.of(plain, stranger, known)).hasSize(3);
      Nodes.until(Duration.ofSeconds(30), () -> await(client.workers()).getWorkersCount() > 0);
      // The others have dialled as well by now.
      Thread.sleep(2_000);

      assertThat(await(client.workers()).getWorkersList())
          .extracting(worker -> worker.getRegistration().getWorkerId())
          .containsExactly("known");
    }
  }
}
