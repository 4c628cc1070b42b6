package dev.caviar.cli.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.cli.SweepClient;
import dev.caviar.cli.remote.ConnectionSettings;
import dev.caviar.cli.remote.GrpcSweepClient;
import dev.caviar.cli.remote.ServerAddress;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.ExportSweepRequest;
import dev.caviar.proto.v1.GetSweepRequest;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.SubmitSweepRequest;
import dev.caviar.proto.v1.SubmitSweepResponse;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.TrialStatus;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A coordinator and two workers, real processes, killed, suspended and started again by random
 * schedules while they run two sweeps. Whatever happens, at its end each trial is there once,
 * completed, with a curve without gaps or doubles, and all is as in a run that nobody disturbed.
 *
 * <p>A few schedules by default; the profile {@code faults} runs a hundred, {@code
 * -Dcaviar.fault.schedules=9} nine, and {@code -Dcaviar.fault.seed=7} begins with that one.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@NullUnmarked
class FaultScheduleTest {
  /** A sweep to run. */
  private record Work(String name, int trials, int epochs, String parameters) {
    String file() {
      return """
      name: %s
      data: {builtin: digits, dev: 0.2}
      parameters:
        learning_rate: {scale: log, min: 1.0e-3, max: 1.0e-1}
        %s
      fixed: {epochs: %d, hidden_layers: 2, batch_size: 16}
      search: {sampler: random, trials: %d, seed: 3}
      """
          .formatted(name, parameters, epochs, trials);
    }
  }

  /**
   * Trials that go on for some seconds, for checkpoints and moves in their middle, and so many that
   * are over at once that there are snapshots in the middle, and pages of those that are over.
   */
  private static final List<Work> WORK =
      List.of(
          new Work("long", 4, 60, "hidden_units: {min: 150, max: 250, per: layer}"),
          new Work("many", 800, 1, "hidden_units: {min: 4, max: 8, per: layer}"));

  private static final Duration PATIENCE = Duration.ofMinutes(4);

  /** One thing that happens. */
  private record Fault(long afterMillis, Kind kind, String to, long forMillis) {
    enum Kind {
      KILL,
      HANG,
      TERMINATE
    }
  }

  @TempDir private static Path folder;
  private List<Outcome> undisturbed;

  static LongStream schedules() {
    long first = Long.getLong("caviar.fault.seed", 1);
    return LongStream.range(first, first + Long.getLong("caviar.fault.schedules", 2));
  }

  @BeforeAll
  void runUndisturbed() throws Exception {
    undisturbed = run(List.of(), folder.resolve("undisturbed"));
    for (int i = 0; i < WORK.size(); i++) {
      assertThat(undisturbed.get(i).curves()).hasSize(WORK.get(i).trials());
    }
  }

  @AfterAll
  void forget() {
    undisturbed = null;
  }

  @ParameterizedTest(name = "schedule {0}")
  @MethodSource("schedules")
  void comesToTheSameEnd(long seed) throws Exception {
    List<Fault> faults = faults(seed);
    System.err.println("Schedule " + seed + ": " + faults);
    assertThat(run(faults, folder.resolve("schedule-" + seed)))
        .as("schedule %s: %s", seed, faults)
        .isEqualTo(undisturbed);
  }

  private static List<Fault> faults(long seed) {
    Random random = new Random(seed);
    List<Fault> faults = new ArrayList<>();
    int count = 2 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      String to = List.of("coordinator", "worker-1", "worker-2").get(random.nextInt(3));
      Fault.Kind kind = Fault.Kind.values()[random.nextInt(3)];
      faults.add(new Fault(random.nextInt(12_000), kind, to, random.nextInt(6_000)));
    }
    faults.sort(Comparator.comparingLong(Fault::afterMillis));
    return faults;
  }

  private static List<Outcome> run(List<Fault> faults, Path at) throws Exception {
    at.toFile().mkdirs();
    int port = freePort();
    Map<String, CaviarProcess> processes = new HashMap<>();
    processes.put(
        "coordinator",
        new CaviarProcess(
            "coordinator",
            "dev.caviar.coordinator.CoordinatorMain",
            Map.of(
                "CAVIAR_PORT", Integer.toString(port),
                "CAVIAR_STORE_FOLDER", at.resolve("store").toString(),
                // So that there are snapshots and pages of finished trials in a sweep's middle.
                "JDK_JAVA_OPTIONS",
                    "-Dcaviar.coordinator.snapshot-after=50 -Dcaviar.coordinator.trials-in-page=40",
                // Sooner than by default, so that a hang of some seconds is a loss.
                "CAVIAR_WORKER_TIMEOUT", "3s",
                "CAVIAR_CHECKPOINT_INTERVAL", "1s",
                "CAVIAR_RETURN_TIMEOUT", "6s"),
            at));
    for (String worker : List.of("worker-1", "worker-2")) {
      processes.put(
          worker,
          new CaviarProcess(
              worker,
              "dev.caviar.worker.WorkerMain",
              Map.of(
                  "CAVIAR_COORDINATORS", "127.0.0.1:" + port,
                  "CAVIAR_SLOTS", "3",
                  "OMP_NUM_THREADS", "1"),
              at));
    }
    try (SweepClient client =
        GrpcSweepClient.of(
            new ConnectionSettings(
                List.of(ServerAddress.parse("127.0.0.1:" + port)), null, null, false, "test"))) {
      processes.values().forEach(CaviarProcess::start);
      List<String> ids = new ArrayList<>();
      for (Work work : WORK) {
        ids.add(submit(client, work));
      }
      long begun = System.nanoTime();
      for (Fault fault : faults) {
        sleepUntil(begun, fault.afterMillis());
        happen(fault, processes.get(fault.to()));
      }
      List<Outcome> outcomes = new ArrayList<>();
      for (int i = 0; i < WORK.size(); i++) {
        outcomes.add(outcome(client, ids.get(i), WORK.get(i)));
      }
      return outcomes;
    } catch (Exception | AssertionError e) {
      processes.values().forEach(process -> System.err.println(process.log()));
      throw e;
    } finally {
      processes.values().forEach(CaviarProcess::close);
    }
  }

  private static void happen(Fault fault, CaviarProcess to) throws InterruptedException {
    switch (fault.kind()) {
      case KILL -> {
        to.kill();
        Thread.sleep(fault.forMillis());
        to.start();
      }
      case TERMINATE -> {
        to.terminate();
        to.start();
      }
      case HANG -> {
        to.suspend();
        Thread.sleep(fault.forMillis());
        to.resume();
      }
    }
  }

  private static void sleepUntil(long begun, long afterMillis) throws InterruptedException {
    long left = afterMillis - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
    if (left > 0) {
      Thread.sleep(left);
    }
  }

  private static String submit(SweepClient client, Work work) throws Exception {
    SubmitSweepRequest request =
        SubmitSweepRequest.newBuilder().setSweepFile(work.file()).setBaseDirectory("/").build();
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        SubmitSweepResponse response = client.submit(request).toCompletableFuture().get();
        assertThat(response.getProblemsList()).isEmpty();
        return response.getSweepId();
      } catch (ExecutionException notUpYet) {
        if (System.nanoTime() > deadline) {
          throw notUpYet;
        }
        Thread.sleep(200);
      }
    }
  }

  /** Waits for the end and takes it down. */
  private static Outcome outcome(SweepClient client, String id, Work work) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    GetSweepResponse whole = null;
    while (whole == null
        || whole.getSummary().getStatus().getState() != SweepState.SWEEP_COMPLETED) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError(
            "not over after " + PATIENCE + ": " + (whole == null ? "?" : whole.getSummary()));
      }
      Thread.sleep(250);
      try {
        whole =
            client
                .get(GetSweepRequest.newBuilder().setSweepId(id).build())
                .toCompletableFuture()
                .get();
      } catch (ExecutionException restarting) {
        // Asked again.
      }
    }
    assertThat(whole.getTrialsList())
        .extracting(TrialStatus::getTrial)
        .containsExactlyElementsOf(IntStream.range(0, work.trials()).boxed().toList());
    assertThat(whole.getTrialsList())
        .extracting(TrialStatus::getState)
        .containsOnly(TrialState.COMPLETED);
    Map<Integer, List<CurvePoint>> curves = new TreeMap<>();
    client
        .export(
            ExportSweepRequest.newBuilder().setSweepId(id).build(), update -> take(update, curves))
        .toCompletableFuture()
        .get(1, TimeUnit.MINUTES);
    curves
        .values()
        .forEach(
            curve ->
                assertThat(curve)
                    .extracting(CurvePoint::getEpoch)
                    .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, work.epochs()).boxed().toList()));
    return new Outcome(
        whole.getSummary().getStatus().getBestTrial(),
        whole.getSummary().getBestObjective(),
        curves);
  }

  private static void take(SweepUpdate update, Map<Integer, List<CurvePoint>> curves) {
    if (update.hasPoints()) {
      for (CurvePoint point : update.getPoints().getPointsList()) {
        curves
            .computeIfAbsent(update.getPoints().getTrial(), trial -> new ArrayList<>())
            .add(point.toBuilder().clearElapsedMicros().build());
      }
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private record Outcome(int best, double objective, Map<Integer, List<CurvePoint>> curves) {}
}
