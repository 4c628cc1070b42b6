package dev.caviar.cli;

import static dev.caviar.cli.Updates.completed;
import static dev.caviar.cli.Updates.points;
import static dev.caviar.cli.Updates.stage;
import static dev.caviar.cli.Updates.sweep;
import static dev.caviar.cli.Updates.trial;
import static dev.caviar.cli.Updates.update;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caviar.proto.v1.ChangeSpaceRequest;
import dev.caviar.proto.v1.EndSweepRequest;
import dev.caviar.proto.v1.Evaluation;
import dev.caviar.proto.v1.GetBestModelRequest;
import dev.caviar.proto.v1.GetTrialLogRequest;
import dev.caviar.proto.v1.Lease;
import dev.caviar.proto.v1.LogLevel;
import dev.caviar.proto.v1.ParameterValue;
import dev.caviar.proto.v1.PauseSweepRequest;
import dev.caviar.proto.v1.PauseTrialRequest;
import dev.caviar.proto.v1.RangeChange;
import dev.caviar.proto.v1.Register;
import dev.caviar.proto.v1.ResumeSweepRequest;
import dev.caviar.proto.v1.ResumeTrialRequest;
import dev.caviar.proto.v1.SubmitSweepRequest;
import dev.caviar.proto.v1.SubmitSweepResponse;
import dev.caviar.proto.v1.SweepFileProblem;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.proto.v1.TrialLogLine;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.WatchSweepRequest;
import dev.caviar.proto.v1.WorkerStatus;
import dev.caviar.worker.WorkerOptions;
import dev.caviar.worker.backend.CpuBackend;
import dev.caviar.worker.data.DataCache;
import dev.caviar.worker.data.DatasetLoader;
import io.grpc.Status;
import java.io.BufferedReader;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The commands for a cluster as their users call them, against a real server on loopback. */
@NullUnmarked
class ClusterCommandsTest {
  private static final String SMALL =
      """
      name: small
      data: {builtin: digits, dev: 0.2, test: 0.1}
      parameters:
        learning_rate: {scale: log, min: 1.0e-3, max: 0.1}
        hidden_units: {min: 10, max: 30}
      fixed: {epochs: 2}
      search: {sampler: random, trials: 3, seed: 3}
      """;

  @TempDir Path folder;

  private final TestCoordinator coordinator = new TestCoordinator();

  @BeforeEach
  void start() {
    coordinator.start();
  }

  @AfterEach
  void stop() {
    coordinator.close();
  }

  /** Two trials of which the first is best, one that runs, one that diverged. */
  private TestCoordinator.Sweep digits(String id) {
    return coordinator
        .addSweep(id, "name: digits\n", 1_793_534_400_000L)
        .add(update(sweep(SweepState.SWEEP_RUNNING, 6, 20).setSweepId(id)))
        .add(update(stage(1, 0, 6, List.of())))
        .add(update(points(0, 1, 1, 20)))
        .add(update(completed(0, 20)))
        .add(update(points(1, 1, 1, 20)))
        .add(update(completed(1, 20).setWorkerId("worker-b")))
        .add(update(points(2, 1, 1, 5)))
        .add(update(trial(2, TrialState.RUNNING).setEpochs(5)))
        .add(update(trial(3, TrialState.DIVERGED).setReason("loss is NaN")))
        .add(
            update(
                sweep(SweepState.SWEEP_RUNNING, 6, 20)
                    .setSweepId(id)
                    .setBestTrial(0)
                    .addSampledParameters("learning_rate")
                    .addSampledParameters("optimizer")
                    .setBestTest(
                        Evaluation.newBuilder().setError(0.03).setLoss(0.1).setExamples(100))));
  }

  private static SweepUpdate ended(String id) {
    return update(sweep(SweepState.SWEEP_COMPLETED, 6, 20).setSweepId(id).setBestTrial(0));
  }

  @Test
  void submitsASweepAndPrintsItsId() throws Exception {
    coordinator.onSubmit(request -> SubmitSweepResponse.newBuilder().setSweepId("a-1").build());
    Path file = Files.writeString(folder.resolve("sweep.yaml"), SMALL);

    Outcome outcome = caviar("submit", file.toString());
    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    assertThat(outcome.out()).isEqualTo("a-1" + System.lineSeparator());
    assertThat(coordinator.requests())
        .containsExactly(
            SubmitSweepRequest.newBuilder()
                .setSweepFile(SMALL)
                .setBaseDirectory(folder.toString())
                .setOwner(System.getProperty("user.name"))
                .build());
    assertThat(json(caviar("submit", file.toString(), "--output", "json").out()).get("sweep"))
        .hasToString("\"a-1\"");
  }

  @Test
  void showsTheProblemsOfASweepFileInTheirLines() throws Exception {
    coordinator.onSubmit(
        request ->
            SubmitSweepResponse.newBuilder()
                .addProblems(
                    SweepFileProblem.newBuilder().setLine(5).setColumn(3).setMessage("unknown key"))
                .build());
    Path file = Files.writeString(folder.resolve("sweep.yaml"), SMALL);

    Outcome outcome = caviar("submit", file.toString());
    assertThat(outcome.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(outcome.err())
        .contains(file + ":5:3: unknown key\n    hidden_units: {min: 10, max: 30}\n    ^\n");
    Outcome asJson = caviar("submit", file.toString(), "--output", "json");
    assertThat(json(asJson.err()).at("/problems/0/line").asInt()).isEqualTo(5);
    assertThat(caviar("submit", folder.resolve("none").toString()).exitCode())
        .isEqualTo(ExitCode.USAGE);
  }

  @Test
  void listsSweepsTheNewestFirst() throws Exception {
    assertThat(caviar("list").out()).contains("no sweep yet");
    digits("digits-1");
    digits("digits-2").add(ended("digits-2"));

    Outcome outcome = caviar("list");
    assertThat(outcome.out().lines().toList())
        .satisfiesExactly(
            heads -> assertThat(heads).startsWith("sweep     state"),
            newest -> assertThat(newest).startsWith("digits-2  completed").contains("1m 05s"),
            older -> assertThat(older).startsWith("digits-1  running").contains("3/6"));
    JsonNode json = json(caviar("list", "--output", "json").out());
    assertThat(json.at("/sweeps/0/sweep").asText()).isEqualTo("digits-2");
    assertThat(json.at("/sweeps/0/ended").asText()).isEqualTo("2026-11-01T12:01:05Z");
    assertThat(json.at("/sweeps/1/state").asText()).isEqualTo("running");
    assertThat(json.at("/sweeps/1/trials/completed").asInt()).isEqualTo(2);
    assertThat(json.at("/sweeps/1/best/objective").isNumber()).isTrue();
  }

  @Test
  void findsASweepByItsIdTheBeginningOfItOrLast() throws Exception {
    assertThat(caviar("show", "last").err()).contains("There is no sweep yet");
    digits("digits-1");
    digits("digits-10");
    digits("other-1");

    assertThat(sweepOf("digits-1")).isEqualTo("digits-1");
    assertThat(sweepOf("digits-10")).isEqualTo("digits-10");
    assertThat(sweepOf("oth")).isEqualTo("other-1");
    assertThat(sweepOf("last")).isEqualTo("other-1");
    Outcome ambiguous = caviar("show", "dig");
    assertThat(ambiguous.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(ambiguous.err()).contains("2 sweeps begin with dig:").contains("  digits-10");
    assertThat(caviar("show", "none").err()).contains("no sweep none").contains("  other-1");
  }

  private String sweepOf(String reference) throws Exception {
    return json(caviar("show", reference, "--output", "json").out()).get("sweep").asText();
  }

  @Test
  void showsASweep() throws Exception {
    digits("digits-1");

    assertThat(caviar("show", "last").out())
        .contains("state      running")
        .contains("submitted  2026-11-01T12:00:00Z")
        .contains("objective  least dev_error over 20 epochs")
        .contains("trials     3 of 6 are over: 2 completed, 1 diverged, 1 running")
        .contains("Best trial 0: dev_error")
        .contains("test error 0.0300 on 100 examples")
        .contains("  optimizer = adam")
        .contains("  activation = relu (fixed)")
        .contains("stage 1, trials 0 to 5")
        .contains("  name: digits");
    JsonNode json = json(caviar("show", "last", "--output", "json").out());
    assertThat(json.at("/best/parameters/optimizer").asText()).isEqualTo("adam");
    assertThat(json.at("/best/test/error").asDouble()).isEqualTo(0.03);
    assertThat(json.at("/stages/0/ranges/learning_rate/min").asDouble()).isEqualTo(0.0003);
    assertThat(json.at("/sweep_file").asText()).isEqualTo("name: digits\n");
  }

  @Test
  void listsTrialsInTheAskedOrder() throws Exception {
    digits("digits-1");

    assertThat(trials()).containsExactly(0, 1, 2, 3);
    assertThat(trials("--sort", "objective")).startsWith(0, 1);
    assertThat(trials("--sort", "learning_rate")).containsExactly(3, 2, 1, 0);
    assertThat(trials("--sort", "optimizer")).containsExactly(0, 2, 1, 3);
    assertThat(trials("--state", "completed,diverged", "--limit", "2")).containsExactly(0, 1);
    Outcome table = caviar("trials", "last", "--state", "completed", "--limit", "1");
    assertThat(table.out())
        .contains("trial  state      dev_error")
        .contains("learning_rate  optimizer")
        .doesNotContain("batch_size")
        .contains("... and 1 more")
        .contains("2 in other states are not shown");
    Outcome wrong = caviar("trials", "last", "--sort", "learning_rat");
    assertThat(wrong.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(wrong.err()).contains("there are [learning_rate, optimizer");
  }

  private List<Integer> trials(String... options) throws Exception {
    List<String> args = new ArrayList<>(List.of("trials", "last", "--output", "json"));
    args.addAll(List.of(options));
    List<Integer> numbers = new ArrayList<>();
    json(caviar(args.toArray(String[]::new)).out())
        .get("trials")
        .forEach(trial -> numbers.add(trial.get("trial").asInt()));
    return numbers;
  }

  @Test
  void showsTheBestTrial() throws Exception {
    coordinator
        .addSweep("none-1", "")
        .add(update(sweep(SweepState.SWEEP_RUNNING, 1, 1).setSweepId("none-1")));
    assertThat(caviar("best", "none").exitCode()).isEqualTo(ExitCode.FAILED);
    digits("digits-1");

    assertThat(caviar("best", "digits").out()).startsWith("Best trial 0: dev_error 0.0202");
    JsonNode json = json(caviar("best", "digits", "--output", "json").out());
    assertThat(json.get("sweep").asText()).isEqualTo("digits-1");
    assertThat(json.at("/parameters/hidden_units/1").asInt()).isEqualTo(60);
  }

  @Test
  void comparesSweeps() throws Exception {
    digits("digits-1");
    digits("digits-2").add(ended("digits-2"));

    Outcome outcome = caviar("compare", "digits-1", "last", "digits-1");
    assertThat(outcome.out().lines().map(line -> line.replaceAll(" +", " ").strip()))
        .contains("digits-1 digits-2", "state running completed", "best trial 0 0")
        .contains("learning_rate 0.1 0.1");
    JsonNode json = json(caviar("compare", "digits-1", "last", "--output", "json").out());
    assertThat(json.get("sweeps")).hasSize(2);
    assertThat(json.at("/sweeps/0/best/parameters/optimizer").asText()).isEqualTo("adam");
  }

  @Test
  void pausesResumesAndEndsSweeps() throws Exception {
    digits("digits-1");
    caviar("pause", "digits", "--reason", "lunch");
    caviar("pause", "digits", "--trial", "2");
    caviar("resume", "digits");
    Outcome resumed = caviar("resume", "digits", "--trial", "2", "--output", "json");
    caviar("continue", "digits", "--trials", "7");
    caviar("enqueue", "digits", "learning_rate=0.01", "hidden_units=8,4");
    caviar("space", "digits", "learning_rate=1e-3..1e-2", "batch_size=32,64", "--why", "so");
    for (String wrong : List.of("l3=0..1", "l2", "l2=0..much", "epochs=few", "batch_norm=1")) {
      Outcome refused = caviar("space", "digits", wrong);
      assertThat(refused.exitCode()).as(refused.err()).isEqualTo(ExitCode.USAGE);
    }
    caviar("stop", "digits");
    Outcome cancelled = caviar("cancel", "digits", "--reason", "bad data");

    assertThat(coordinator.requests())
        .contains(
            PauseSweepRequest.newBuilder().setSweepId("digits-1").setReason("lunch").build(),
            PauseTrialRequest.newBuilder().setSweepId("digits-1").setTrial(2).build(),
            ResumeSweepRequest.newBuilder().setSweepId("digits-1").build(),
            ResumeTrialRequest.newBuilder().setSweepId("digits-1").setTrial(2).build(),
            ChangeSpaceRequest.newBuilder()
                .setSweepId("digits-1")
                .setReason("so")
                .addRanges(
                    RangeChange.newBuilder()
                        .setParameter("learning_rate")
                        .setMin(0.001)
                        .setMax(0.01))
                .addRanges(
                    RangeChange.newBuilder()
                        .setParameter("batch_size")
                        .addChoices(ParameterValue.newBuilder().setInteger(32))
                        .addChoices(ParameterValue.newBuilder().setInteger(64)))
                .build(),
            EndSweepRequest.newBuilder()
                .setSweepId("digits-1")
                .setReason("ended by its user")
                .build(),
            EndSweepRequest.newBuilder()
                .setSweepId("digits-1")
                .setCancelRunning(true)
                .setReason("bad data")
                .build());
    assertThat(json(resumed.out()).toString())
        .isEqualTo("{\"sweep\":\"digits-1\",\"action\":\"resume\",\"trial\":2}");
    assertThat(cancelled.out()).isEqualTo("Cancelled digits-1." + System.lineSeparator());

    digits("over-1").add(ended("over-1"));
    Outcome tooLate = caviar("pause", "over");
    assertThat(tooLate.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(tooLate.err()).contains("the sweep is over");
  }

  @Test
  void showsATrialsLog() throws Exception {
    digits("digits-1");
    assertThat(caviar("logs", "last", "3").out())
        .isEqualTo("Nothing is kept of what trial 3 of digits-1 said.\n");
    coordinator.log(
        logLine(1, 4, LogLevel.WARN, "No luck\n\tat a.Place(1)"),
        logLine(1, 0, LogLevel.WARN, "Worker ada is lost"),
        logLine(1, 5, LogLevel.INFO, "late"),
        logLine(2, 1, LogLevel.INFO, "Attempt 2 begins"),
        logLine(2, 3, LogLevel.ERROR, "FAILED"));

    assertThat(caviar("logs", "last", "3").out().lines())
        .containsExactly(
            "... 3 lines are missing",
            "2026-10-31T16:00:00.004Z WARN  attempt 1, ada: No luck",
            "\tat a.Place(1)",
            "2026-10-31T16:00:00.000Z WARN  attempt 1, coordinator: Worker ada is lost",
            "2026-10-31T16:00:00.005Z INFO  attempt 1, ada: late",
            "2026-10-31T16:00:00.001Z INFO  attempt 2, ada: Attempt 2 begins",
            "... 1 line is missing",
            "2026-10-31T16:00:00.003Z ERROR attempt 2, ada: FAILED");
    JsonNode json = json(caviar("logs", "digits", "3", "--output", "json").out());
    assertThat(json.path("sweep").asText()).isEqualTo("digits-1");
    assertThat(json.path("trial").asInt()).isEqualTo(3);
    assertThat(json.path("lines")).hasSize(5);
    assertThat(json.at("/lines/0/text").asText()).isEqualTo("No luck\n\tat a.Place(1)");
    assertThat(json.at("/lines/0/level").asText()).isEqualTo("warn");
    assertThat(json.at("/lines/0/number").asInt()).isEqualTo(4);
    assertThat(json.at("/lines/1/number").isNull()).isTrue();
    assertThat(json.at("/lines/4/at").asText()).isEqualTo("2026-10-31T16:00:00.003Z");
    assertThat(json.at("/lines/4/attempt").asInt()).isEqualTo(2);
    assertThat(json.at("/lines/4/worker").asText()).isEqualTo("ada");
    assertThat(coordinator.requests())
        .contains(GetTrialLogRequest.newBuilder().setSweepId("digits-1").setTrial(3).build());
  }

  private static TrialLogLine logLine(int attempt, int number, LogLevel level, String text) {
    return TrialLogLine.newBuilder()
        .setAtMillis(1_793_462_400_000L + number)
        .setAttempt(attempt)
        .setNumber(number)
        .setWorkerId("ada")
        .setLevel(level)
        .setText(text)
        .build();
  }

  @Test
  void listsWorkers() throws Exception {
    assertThat(caviar("workers").out()).contains("No worker is connected");
    coordinator.workers(
        WorkerStatus.newBuilder()
            .setRegistration(
                Register.newBuilder()
                    .setWorkerId("worker-a")
                    .setSlots(4)
                    .setCores(8)
                    .setCaviarVersion("0.1.0")
                    .setBackend("cpu"))
            .setBusySlots(1)
            .setLastHeardAtMillis(System.currentTimeMillis())
            .addLeases(Lease.newBuilder().setSweepId("digits-1").setTrial(7).setAttempt(1))
            .build());

    assertThat(caviar("workers").out())
        .contains("worker-a  busy")
        .contains("1/4")
        .contains("s ago")
        .contains("digits-1/7");
    JsonNode json = json(caviar("workers", "--output", "json").out());
    assertThat(json.at("/workers/0/trials/0/trial").asInt()).isEqualTo(7);
    assertThat(json.at("/workers/0/slots").asInt()).isEqualTo(4);
  }

  @Test
  void exportsWhatARunLeavesBehind() throws Exception {
    digits("digits-1");
    Path to = folder.resolve("exported");

    Outcome outcome = caviar("export", "last", "--format", "csv", "--to", to.toString());
    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    Path result = to.resolve("digits-1");
    assertThat(outcome.out().strip()).isEqualTo(result.toString());
    assertThat(Files.readAllLines(result.resolve("curves.csv"))).hasSize(1 + 20 + 20 + 5);
    assertThat(Files.readAllLines(result.resolve("trials.csv"))).hasSize(1 + 3);
    assertThat(result.resolve("sweep.yaml")).hasContent("name: digits\n");
    assertThat(json(Files.readString(result.resolve("sweep.json"))).at("/best/trial").asInt())
        .isZero();
  }

  @Test
  void exportsToOneDocumentOrToTensorBoard() throws Exception {
    digits("digits-1");
    Path to = folder.resolve("exported");

    Outcome one = caviar("export", "last", "--format", "json", "--to", to.toString());
    JsonNode json = json(Files.readString(Path.of(one.out().strip())));
    assertThat(json.get("trial_list")).hasSize(4);
    assertThat(json.at("/trial_list/2/curve")).hasSize(5);
    assertThat(json.at("/trial_list/2/curve/4/epoch").asInt()).isEqualTo(5);

    Outcome logs =
        caviar(
            "export", "last", "--format", "tensorboard", "--to", to.toString(), "--output", "json");
    Path log = Path.of(json(logs.out()).get("path").asText());
    try (Stream<Path> runs = Files.list(log)) {
      assertThat(runs.map(run -> run.getFileName().toString()))
          .contains("trial-0000", "trial-0001", "trial-0002")
          .doesNotContain("trial-0003");
    }
    assertThat(caviar("export", "last", "--format", "xml", "--to", "x").exitCode())
        .isEqualTo(ExitCode.USAGE);
  }

  @Test
  void watchesOnWhenTheCoordinatorIsBack() throws Exception {
    TestCoordinator.Sweep sweep = digits("digits-1");
    CompletableFuture<Outcome> watch =
        CompletableFuture.supplyAsync(() -> caviar("watch", "last", "--plain"));
    awaitRequest(WatchSweepRequest.class);

    coordinator.stop();
    sweep.add(update(points(2, 1, 6, 20)));
    sweep.add(update(completed(2, 20)));
    coordinator.start();
    sweep.add(ended("digits-1"));

    Outcome outcome = watch.get(30, TimeUnit.SECONDS);
    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    assertThat(outcome.out())
        .contains("trial 0 completed")
        .contains("Lost the coordinator at " + coordinator.address())
        .contains("Connected again")
        .containsOnlyOnce("trial 2 completed")
        .contains("Best trial 0: ")
        .contains("caviar export digits-1");
  }

  @Test
  void watchesForScripts() throws Exception {
    digits("digits-1").add(ended("digits-1"));

    Outcome outcome = caviar("watch", "last", "--output", "json");
    assertThat(outcome.exitCode()).isZero();
    assertThat(json(outcome.out()).get("state").asText()).isEqualTo("completed");
    assertThat(outcome.err()).contains("trial 0 completed");
  }

  @Test
  void aSweepWithoutABestTrialIsNoSuccess() throws Exception {
    coordinator
        .addSweep("bad-1", "")
        .add(update(sweep(SweepState.SWEEP_COMPLETED, 1, 1).setSweepId("bad-1")));
    assertThat(caviar("watch", "bad").exitCode()).isEqualTo(ExitCode.FAILED);
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "signals are sent with kill")
  void ctrlCEndsTheWatchingAndNotTheSweep() throws Exception {
    digits("digits-1");
    Process watch =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.caviar.cli.Caviar",
                "watch",
                "last",
                "--plain",
                "--server",
                coordinator.address())
            .redirectErrorStream(true)
            .start();
    List<String> lines = new ArrayList<>();
    try (BufferedReader out = watch.inputReader()) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        lines.add(line);
        if (line.startsWith("trial 3 ")) {
          Interrupts.interrupt(watch);
        }
      }
    }
    assertThat(watch.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(watch.exitValue()).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(String.join("\n", lines))
        .contains("the sweep goes on")
        .contains("caviar cancel digits-1");
    assertThat(coordinator.requests()).noneMatch(EndSweepRequest.class::isInstance);
  }

  @Test
  void pushesData() throws Exception {
    Path file = Files.writeString(folder.resolve("a.csv"), "1,2\n");

    Outcome outcome = caviar("data", "push", file.toString());
    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    assertThat(outcome.out()).matches("sha256:[0-9a-f]{64}  .*a\\.csv\\R");
    JsonNode json = json(caviar("data", "push", file.toString(), "--output", "json").out());
    assertThat(json.at("/files/0/size").asInt()).isEqualTo(4);
    assertThat(outcome.out()).startsWith(json.at("/files/0/reference").asText());
    assertThat(caviar("data", "push", folder.toString()).exitCode()).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void tellsHowFarALongUploadIs() throws Exception {
    Path file = Files.write(folder.resolve("big"), new byte[9 << 20]);
    assertThat(caviar("data", "push", file.toString()).err())
        .contains(": 10 % of 9.0 MiB sent")
        .contains(": 100 % of 9.0 MiB sent");
  }

  @Test
  void saysThatNoCoordinatorCanBeReached() {
    coordinator.stop();
    for (String command : List.of("list", "workers")) {
      Outcome outcome = caviar(command);
      assertThat(outcome.exitCode()).isEqualTo(ExitCode.UNREACHABLE);
      assertThat(outcome.err())
          .contains("No coordinator can be reached")
          .contains(coordinator.address() + ": nothing listens there")
          .contains("--server");
    }
  }

  @Test
  void saysThatAnotherTokenIsNeeded() throws Exception {
    coordinator.token("right");
    Path wrong = Files.writeString(folder.resolve("wrong"), "wrong");
    Path right = Files.writeString(folder.resolve("right"), "right\n");

    Outcome outcome = caviar("list", "--token-file", wrong.toString());
    assertThat(outcome.exitCode()).isEqualTo(ExitCode.UNREACHABLE);
    assertThat(outcome.err()).contains("does not know this client").contains("--token-file");
    assertThat(caviar("list", "--token-file", right.toString()).exitCode()).isZero();
  }

  @Test
  void goesPastAStandby() throws Exception {
    digits("digits-1");
    try (TestCoordinator standby = new TestCoordinator().start()) {
      standby.refusal(Status.UNAVAILABLE.withDescription("this coordinator stands by"));
      Outcome outcome =
          Outcome.of("list", "--server", standby.address() + "," + coordinator.address());
      assertThat(outcome.exitCode()).as(outcome.err()).isZero();
      assertThat(outcome.out()).contains("digits-1");
    }
  }

  @Test
  void theDoctorLooksAtEachServer() throws Exception {
    JsonNode well = json(caviar("doctor", "--output", "json").out());
    assertThat(well.get("problems")).isEmpty();
    assertThat(well.get("server_" + coordinator.address()).asText())
        .isEqualTo("answers; 0 workers");

    coordinator.stop();
    Outcome ill = caviar("doctor", "--output", "json");
    assertThat(ill.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(json(ill.out()).get("problems").toString()).contains("nothing listens there");
    assertThat(Outcome.of("doctor").out()).contains("none is named");
  }

  /** Submitted, trained by the real actors, watched, and used, all over the network. */
  @Test
  void aWholeSweepFromAfar() throws Exception {
    try (InProcessClient real =
        InProcessClient.start(
            new WorkerOptions("worker-1", 2, new CpuBackend(), new DataCache()))) {
      coordinator.onSubmit(
          request -> {
            SubmitSweepResponse answer = real.submit(request).toCompletableFuture().join();
            TestCoordinator.Sweep sweep =
                coordinator.addSweep(answer.getSweepId(), request.getSweepFile());
            var _ =
                real.watch(
                    WatchSweepRequest.newBuilder().setSweepId(answer.getSweepId()).build(),
                    sweep::add);
            return answer;
          });
      coordinator.bestModel(
          id ->
              real.bestModel(GetBestModelRequest.newBuilder().setSweepId(id).build())
                  .toCompletableFuture()
                  .join());
      Path file = Files.writeString(folder.resolve("sweep.yaml"), SMALL);

      Outcome watched = caviar("submit", file.toString(), "--watch", "--plain");
      assertThat(watched.exitCode()).as(watched.err()).isZero();
      assertThat(watched.out()).contains("trial 2 completed").contains("Best trial ");
      assertThat(watched.err()).startsWith("Submitted small-");

      Path digits = folder.resolve("digits.csv.gz");
      try (InputStream in = DatasetLoader.class.getResourceAsStream("digits.csv.gz")) {
        Files.copy(in, digits);
      }
      Outcome predicted = caviar("predict", "--sweep", "last", digits.toString());
      assertThat(predicted.exitCode()).as(predicted.err()).isZero();
      assertThat(predicted.err()).containsPattern("1[0-7]\\d\\d of 1797 labels met");

      Path model = folder.resolve("best.caviar");
      caviar("best", "last", "--model", model.toString());
      Outcome fromFile = Outcome.of("predict", model.toString(), digits.toString());
      assertThat(fromFile.err()).isEqualTo(predicted.err());

      Outcome exported =
          caviar("export", "last", "--format", "csv", "--to", folder.resolve("x").toString());
      assertThat(Path.of(exported.out().strip()).resolve("best-model.caviar")).exists();
      assertThat(Files.readAllLines(Path.of(exported.out().strip()).resolve("curves.csv")))
          .hasSize(1 + 3 * 2);
    }
  }

  @Test
  void predictAsksForWhatItNeeds() {
    assertThat(Outcome.of("predict", "a").err()).contains("FILE is missing");
    assertThat(caviar("predict", "--sweep", "last", "a", "b").err()).contains("there is only FILE");
  }

  @Test
  void helpsWithEachCommand() throws Exception {
    String completion = Outcome.of("completion").out();
    String help = Outcome.of("--help").out();
    for (String command :
        List.of(
            "submit",
            "watch",
            "list",
            "show",
            "trials",
            "logs",
            "best",
            "compare",
            "importance",
            "zoom",
            "export",
            "pause",
            "resume",
            "stop",
            "cancel",
            "workers",
            "data")) {
      Outcome outcome = Outcome.of(command, "--help");
      assertThat(outcome.exitCode()).isZero();
      assertThat(outcome.out()).startsWith("Usage: caviar " + command);
      assertThat(outcome.out().lines()).allMatch(line -> line.length() <= 80);
      assertThat(completion).contains("_picocli_caviar_" + command);
    }
    assertThat(help).contains("4     no coordinator could be reached");
    // None is left out of the groups.
    for (String command : Caviar.commandLine().getSubcommands().keySet()) {
      assertThat(help).containsPattern("(?m)^  " + command + " ");
    }
    assertThat(Outcome.of("submit", "--help").out()).isEqualTo(golden("submit.txt"));
    assertThat(Outcome.of("export", "--help").out()).isEqualTo(golden("export.txt"));
  }

  private static String golden(String name) throws Exception {
    try (InputStream in = ClusterCommandsTest.class.getResourceAsStream("help/" + name)) {
      return new String(in.readAllBytes(), UTF_8).replace("\n", System.lineSeparator());
    }
  }

  private void awaitRequest(Class<?> type) throws InterruptedException {
    for (int i = 0; i < 3000 && coordinator.requests().stream().noneMatch(type::isInstance); i++) {
      Thread.sleep(10);
    }
    assertThat(coordinator.requests()).anyMatch(type::isInstance);
  }

  private Outcome caviar(String... args) {
    List<String> all = new ArrayList<>(List.of(args));
    all.add("--server");
    all.add(coordinator.address());
    return Outcome.of(all.toArray(String[]::new));
  }

  private static JsonNode json(String text) throws Exception {
    return new ObjectMapper().readTree(text);
  }
}
