package dev.caviar.bench;

import com.linecorp.armeria.client.grpc.GrpcClients;
import dev.caviar.proto.v1.EndSweepRequest;
import dev.caviar.proto.v1.GetSweepRequest;
import dev.caviar.proto.v1.ListWorkersRequest;
import dev.caviar.proto.v1.ListWorkersResponse;
import dev.caviar.proto.v1.SubmitSweepRequest;
import dev.caviar.proto.v1.SweepServiceGrpc.SweepServiceBlockingStub;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.TrialStatus;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * How long a sweep stands still after something dies, with default settings: coordinators and
 * workers that train are processes of their own, ended by SIGKILL or stopped by SIGSTOP. Arguments:
 * a folder for the store and the logs, rounds, and {@code postgresql} where CAVIAR_STORE_URL names
 * a database, for three coordinators instead of one. Prints a line for each kind of failure.
 */
public final class FailureTimes {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** No trial of these ends by itself while it is watched. */
  private static final String SWEEP =
      """
      name: endless
      data: {builtin: digits, dev: 0.2}
      parameters:
        learning_rate: {scale: log, min: 1.0e-4, max: 1.0e-2}
      fixed: {epochs: 1000000, hidden_units: [50, 50]}
      search: {sampler: random, trials: 4, seed: 1}
      """;

  private final Path folder;
  private final List<Integer> ports;
  private final List<Integer> clusterPorts;
  private final Map<String, Process> processes = new HashMap<>();

  private FailureTimes(Path folder, int coordinators) throws IOException {
    this.folder = folder;
    List<Integer> free = freePorts(2 * coordinators);
    this.ports = free.subList(0, coordinators);
    this.clusterPorts = free.subList(coordinators, 2 * coordinators);
  }

  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]);
    int rounds = Integer.parseInt(args[1]);
    boolean shared = args.length > 2 && args[2].equals("postgresql");
    FailureTimes times = new FailureTimes(folder, shared ? 3 : 1);
    try {
      if (shared) {
        times.takeovers(rounds);
      } else {
        times.lostWorkers(rounds, "KILL");
        times.lostWorkers(rounds, "STOP");
        times.restarts(rounds);
      }
    } finally {
      times.processes.values().forEach(Process::destroyForcibly);
    }
    System.exit(0);
  }

  private void lostWorkers(int rounds, String signal) throws Exception {
    double[] seconds = new double[rounds];
    coordinator(0);
    SweepServiceBlockingStub sweeps = active();
    for (int round = 0; round < rounds; round++) {
      worker("first");
      until(() -> workers(sweeps) == 1);
      String id = submit(sweeps);
      until(() -> running(sweeps, id, 1) == 4);
      worker("second");
      until(() -> workers(sweeps) == 2);
      long start = System.nanoTime();
      signal("first", signal);
      until(() -> running(sweeps, id, 2) == 4);
      seconds[round] = (System.nanoTime() - start) / 1e9;
      end(sweeps, id);
      end("first");
      end("second");
      until(() -> workers(sweeps) == 0);
    }
    print("a worker ended by SIG" + signal + " until its 4 trials run elsewhere", seconds);
    end("coordinator-0");
  }

  private void restarts(int rounds) throws Exception {
    double[] seconds = new double[rounds];
    coordinator(0);
    worker("first");
    SweepServiceBlockingStub sweeps = active();
    until(() -> workers(sweeps) == 1);
    for (int round = 0; round < rounds; round++) {
      String id = submit(sweeps);
      until(() -> running(sweeps, id, 1) == 4 && epochs(sweeps, id) > 100);
      int before = epochs(sweeps, id);
      long start = System.nanoTime();
      signal("coordinator-0", "KILL");
      coordinator(0);
      until(() -> epochs(sweeps, id) > before);
      seconds[round] = (System.nanoTime() - start) / 1e9;
      end(sweeps, id);
    }
    print("the only coordinator ended by SIGKILL and started again until points come in", seconds);
  }

  private void takeovers(int rounds) throws Exception {
    double[] seconds = new double[rounds];
    for (int node = 0; node < ports.size(); node++) {
      coordinator(node);
    }
    worker("first");
    for (int round = 0; round < rounds; round++) {
      SweepServiceBlockingStub sweeps = active();
      until(() -> workers(sweeps) == 1);
      String id = submit(sweeps);
      until(() -> running(sweeps, id, 1) == 4 && epochs(sweeps, id) > 100);
      int before = epochs(sweeps, id);
      int node = IntStream.range(0, ports.size()).filter(this::isActive).findFirst().orElseThrow();
      long start = System.nanoTime();
      signal("coordinator-" + node, "KILL");
      SweepServiceBlockingStub next = active();
      until(() -> epochs(next, id) > before);
      seconds[round] = (System.nanoTime() - start) / 1e9;
      end(next, id);
      coordinator(node);
      // It joins when the others have given up its predecessor.
      Thread.sleep(Duration.ofSeconds(30));
    }
    print("the active one of three coordinators ended by SIGKILL until points come in", seconds);
  }

  private static void print(String what, double[] seconds) {
    double[] sorted = seconds.clone();
    Arrays.sort(sorted);
    System.out.printf(
        Locale.ROOT,
        "%s: median %.1f s, most %.1f s of %d%n",
        what,
        sorted[sorted.length / 2],
        sorted[sorted.length - 1],
        sorted.length);
  }

  private void coordinator(int node) throws IOException {
    Map<String, String> settings = new HashMap<>();
    settings.put("CAVIAR_PORT", Integer.toString(ports.get(node)));
    settings.put("CAVIAR_STORE_FOLDER", folder.resolve("store").toString());
    if (ports.size() > 1) {
      settings.put("CAVIAR_STORE_KIND", "postgresql");
      settings.put("CAVIAR_CLUSTER_NODES", Integer.toString(ports.size()));
      settings.put("CAVIAR_CLUSTER_PORT", Integer.toString(clusterPorts.get(node)));
      settings.put("CAVIAR_CLUSTER_SEEDS", addresses(clusterPorts));
      settings.put("CAVIAR_CLUSTER_ADDRESS", "127.0.0.1:" + ports.get(node));
    }
    start("coordinator-" + node, "dev.caviar.coordinator.CoordinatorMain", settings);
  }

  private void worker(String id) throws IOException {
    Map<String, String> settings = new HashMap<>();
    settings.put("CAVIAR_COORDINATORS", addresses(ports));
    settings.put("CAVIAR_WORKER_ID", id);
    settings.put("CAVIAR_SLOTS", "4");
    start(id, "dev.caviar.worker.WorkerMain", settings);
  }

  private static String addresses(List<Integer> ports) {
    return ports.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
  }

  private void start(String name, String main, Map<String, String> settings) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(settings);
    builder.redirectErrorStream(true);
    builder.redirectOutput(
        ProcessBuilder.Redirect.appendTo(folder.resolve(name + ".log").toFile()));
    processes.put(name, builder.start());
  }

  private void signal(String name, String signal) throws IOException, InterruptedException {
    Process process = Objects.requireNonNull(processes.get(name));
    new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor();
    if (signal.equals("KILL")) {
      process.waitFor();
    }
  }

  private void end(String name) throws InterruptedException {
    Objects.requireNonNull(processes.remove(name)).destroyForcibly().waitFor();
  }

  private static SweepServiceBlockingStub stub(int port) {
    return GrpcClients.builder("gproto+http://127.0.0.1:" + port + "/")
        .responseTimeout(Duration.ofSeconds(2))
        .build(SweepServiceBlockingStub.class);
  }

  private boolean isActive(int node) {
    return workers(stub(ports.get(node))) >= 0;
  }

  private SweepServiceBlockingStub active() throws InterruptedException {
    until(() -> IntStream.range(0, ports.size()).anyMatch(this::isActive));
    int node = IntStream.range(0, ports.size()).filter(this::isActive).findFirst().orElseThrow();
    return stub(ports.get(node));
  }

  /** −1: it is not there, or stands by. */
  private static int workers(SweepServiceBlockingStub sweeps) {
    ListWorkersResponse workers =
        orNull(() -> sweeps.listWorkers(ListWorkersRequest.getDefaultInstance()));
    return workers == null ? -1 : workers.getWorkersCount();
  }

  private static List<TrialStatus> trials(SweepServiceBlockingStub sweeps, String id) {
    List<TrialStatus> trials =
        orNull(
            () ->
                sweeps
                    .getSweep(GetSweepRequest.newBuilder().setSweepId(id).build())
                    .getTrialsList());
    return trials == null ? List.of() : trials;
  }

  private static long running(SweepServiceBlockingStub sweeps, String id, int attempt) {
    return trials(sweeps, id).stream()
        .filter(trial -> trial.getState() == TrialState.RUNNING && trial.getAttempt() == attempt)
        .count();
  }

  private static int epochs(SweepServiceBlockingStub sweeps, String id) {
    return trials(sweeps, id).stream().mapToInt(TrialStatus::getEpochs).sum();
  }

  private static String submit(SweepServiceBlockingStub sweeps) {
    return sweeps
        .submitSweep(SubmitSweepRequest.newBuilder().setSweepFile(SWEEP).build())
        .getSweepId();
  }

  private static void end(SweepServiceBlockingStub sweeps, String id) {
    var _ =
        sweeps.endSweep(EndSweepRequest.newBuilder().setSweepId(id).setCancelRunning(true).build());
  }

  private static <T> @Nullable T orNull(Supplier<T> asked) {
    try {
      return asked.get();
    } catch (StatusRuntimeException e) {
      return null;
    }
  }

  private interface Condition {
    boolean holds();
  }

  private static void until(Condition condition) throws InterruptedException {
    long limit = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > limit) {
        throw new IllegalStateException("waited for " + PATIENCE);
      }
      Thread.sleep(50);
    }
  }

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
}
