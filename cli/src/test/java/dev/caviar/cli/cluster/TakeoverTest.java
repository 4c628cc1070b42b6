package dev.caviar.cli.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.cli.remote.ConnectionSettings;
import dev.caviar.cli.remote.GrpcSweepClient;
import dev.caviar.coordinator.CoordinatorNode;
import dev.caviar.coordinator.api.Certificates;
import dev.caviar.proto.v1.GetSweepRequest;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.TrialStatus;
import dev.caviar.proto.v1.WatchSweepRequest;
import dev.caviar.worker.WorkerNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three coordinators that reach each other by TLS and share a PostgreSQL database, named as
 * PostgresqlTest of the coordinator wants it.
 */
@EnabledIfEnvironmentVariable(
    named = "CAVIAR_TEST_POSTGRES",
    matches = ".+",
    disabledReason =
        "no PostgreSQL to test with: set CAVIAR_TEST_POSTGRES to"
            + " jdbc:postgresql://HOST/DATABASE?user=USER&password=PASSWORD")
@NullUnmarked
class TakeoverTest {
  private static final Duration TAKEOVER = Duration.ofSeconds(90);

  @TempDir Path folder;

  private static List<Integer> freePorts(int count) throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
    }
    List<Integer> ports = sockets.stream().map(ServerSocket::getLocalPort).toList();
    for (ServerSocket socket : sockets) {
      socket.close();
    }
    return ports;
  }

  private static String parameter(String url, String name) {
    for (String part : url.substring(url.indexOf('?') + 1).split("&", -1)) {
      if (part.startsWith(name + "=")) {
        return URLDecoder.decode(part.substring(name.length() + 1), UTF_8);
      }
    }
    return "";
  }

  private CoordinatorNode node(int api, int port, List<Integer> ports) {
    String url = System.getenv("CAVIAR_TEST_POSTGRES");
    Map<String, Object> own = new HashMap<>();
    own.put("port", api);
    own.put("store.kind", "postgresql");
    own.put("store.url", url);
    own.put("store.user", parameter(url, "user"));
    own.put("store.password", parameter(url, "password"));
    own.put("cluster.nodes", 3);
    own.put("cluster.port", port);
    own.put("cluster.address", "localhost:" + api);
    own.put("cluster.exit-jvm", "off");
    own.put(
        "cluster.seeds",
        ports.stream().map(seed -> "127.0.0.1:" + seed).collect(Collectors.joining(",")));
    return Nodes.coordinator(
        own, Nodes.tls(folder, Certificates.COORDINATOR, Certificates.COORDINATOR_KEY));
  }

  private static <T> T await(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(120, TimeUnit.SECONDS);
  }

  private static long completed(GetSweepResponse sweep) {
    return sweep.getTrialsList().stream()
        .filter(trial -> trial.getState() == TrialState.COMPLETED)
        .count();
  }

  private boolean ready(CoordinatorNode node) {
    // Which of them is active, asked by whoever need not show anything.
    try (HttpClient http = HttpClient.newBuilder().sslContext(Trust.in(folder)).build()) {
      return http.send(
                  HttpRequest.newBuilder(URI.create("https://localhost:" + node.port() + "/ready"))
                      .build(),
                  BodyHandlers.discarding())
              .statusCode()
          == 200;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void anotherGoesOnWithTheSweep() throws Exception {
    Certificates.create(folder, List.of());
    List<Integer> free = freePorts(6);
    List<Integer> ports = free.subList(0, 3);
    List<CoordinatorNode> nodes = new ArrayList<>();
    try {
      for (int i = 0; i < 3; i++) {
        nodes.add(node(free.get(3 + i), ports.get(i), ports));
      }
      String addresses =
          nodes.stream().map(n -> "localhost:" + n.port()).collect(Collectors.joining(","));
      Nodes.until(TAKEOVER, () -> nodes.stream().anyMatch(this::ready));
      try (WorkerNode worker =
              Nodes.worker(
                  addresses,
                  "takeover",
                  Nodes.tls(folder, Certificates.WORKER, Certificates.WORKER_KEY));
          GrpcSweepClient client =
              GrpcSweepClient.of(
                  ConnectionSettings.resolve(
                      new ConnectionSettings.Given(
                          List.of(addresses), null, folder.resolve(Certificates.AUTHORITY)),
                      Map.of(),
                      folder.resolve("no-config")))) {
        assertThat(worker.whenTerminated()).isNotDone();
        String id = await(client.submit(Nodes.sweep("takeover", 12, 30))).getSweepId();
        GetSweepRequest get = GetSweepRequest.newBuilder().setSweepId(id).build();
        Nodes.until(TAKEOVER, () -> completed(await(client.get(get))) >= 2);

        CoordinatorNode first = nodes.stream().filter(this::ready).findFirst().orElseThrow();
        first.close();
        nodes.remove(first);
        Nodes.until(TAKEOVER, () -> nodes.stream().filter(this::ready).count() == 1);
        await(
            client.watch(
                WatchSweepRequest.newBuilder().setSweepId(id).build(), update -> {}, note -> {}));

        GetSweepResponse sweep = await(client.get(get));
        assertThat(sweep.getSummary().getStatus().getState()).isEqualTo(SweepState.SWEEP_COMPLETED);
        assertThat(sweep.getTrialsList())
            .hasSize(12)
            .allMatch(trial -> trial.getState() == TrialState.COMPLETED)
            .extracting(TrialStatus::getEpochs)
            .containsOnly(30);
      }
    } finally {
      nodes.forEach(CoordinatorNode::close);
    }
  }
}
