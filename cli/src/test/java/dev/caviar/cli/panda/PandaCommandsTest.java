package dev.caviar.cli.panda;

import static dev.caviar.cli.Updates.real;
import static dev.caviar.cli.Updates.sweep;
import static dev.caviar.cli.Updates.update;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.Message;
import dev.caviar.cli.ExitCode;
import dev.caviar.cli.Outcome;
import dev.caviar.cli.TestCoordinator;
import dev.caviar.proto.v1.AdoptTrialRequest;
import dev.caviar.proto.v1.GetTrialLogRequest;
import dev.caviar.proto.v1.PandaPhase;
import dev.caviar.proto.v1.RollBackPandaRequest;
import dev.caviar.proto.v1.StartPandaRequest;
import dev.caviar.proto.v1.StartPandaResponse;
import dev.caviar.proto.v1.SubmitSweepRequest;
import dev.caviar.proto.v1.SubmitSweepResponse;
import dev.caviar.proto.v1.SweepFileProblem;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.TrialLogLine;
import dev.caviar.proto.v1.TunePandaRequest;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The panda commands as their users call them, against a server that says what it is told. */
@NullUnmarked
class PandaCommandsTest {
  private static final String FILE =
      """
      name: babysit
      data: {builtin: digits, dev: 0.2}
      parameters: {learning_rate: 0.3}
      """;

  @TempDir Path folder;

  private final TestPandas pandas = new TestPandas();
  private final TestCoordinator coordinator = new TestCoordinator(null, pandas);

  @BeforeEach
  void start() {
    coordinator.start();
  }

  @AfterEach
  void stop() {
    coordinator.close();
  }

  private Outcome panda(String... args) {
    return Outcome.of(
        Stream.of(Stream.of("panda"), Stream.of(args), Stream.of("--server", coordinator.address()))
            .flatMap(each -> each)
            .toArray(String[]::new));
  }

  private JsonNode json(String... args) throws Exception {
    Outcome outcome =
        panda(Stream.concat(Stream.of(args), Stream.of("--output", "json")).toArray(String[]::new));
    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    return new ObjectMapper().readTree(outcome.out());
  }

  private Message last() {
    return pandas.requests().getLast();
  }

  @Test
  void startsAPandaAndPrintsItsId() throws Exception {
    pandas.started(StartPandaResponse.newBuilder().setPandaId("babysit-1").build());
    Path file = Files.writeString(folder.resolve("panda.yaml"), FILE);

    assertThat(panda("start", file.toString()).out()).isEqualTo("babysit-1\n");
    assertThat(last())
        .isEqualTo(
            StartPandaRequest.newBuilder()
                .setPandaFile(FILE)
                .setBaseDirectory(folder.toString())
                .setWho(Who.get())
                .build());
    assertThat(Who.get()).startsWith(System.getProperty("user.name") + "@");
    assertThat(json("start", file.toString()).get("panda").asText()).isEqualTo("babysit-1");
  }

  @Test
  void showsTheProblemsOfAPandaFileInTheirLines() throws Exception {
    pandas.started(
        StartPandaResponse.newBuilder()
            .addProblems(
                SweepFileProblem.newBuilder().setLine(3).setColumn(1).setMessage("no good"))
            .build());
    Path file = Files.writeString(folder.resolve("panda.yaml"), FILE);

    Outcome refused = panda("start", file.toString());
    assertThat(refused.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(refused.err())
        .contains(file + ":3:1: no good\n  parameters: {learning_rate: 0.3}\n  ^\n1 problem in");
  }

  @Test
  void findsAPandaByItsIdTheBeginningOfItOrLast() throws Exception {
    assertThat(panda("show", "last").err())
        .contains(
            "There is no panda yet at this coordinator: `caviar panda start FILE` makes one.");
    pandas.add(Pandas.babysat());
    pandas.add(Pandas.babysat().toBuilder().setPandaId("other-1").build());

    assertThat(json("show", "last").get("panda").asText()).isEqualTo("other-1");
    assertThat(json("show", "baby").get("panda").asText()).isEqualTo("babysit-20261101-120000");
    Outcome none = panda("show", "none");
    assertThat(none.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(none.err()).contains("There is no panda none. There are:\n  other-1");
  }

  @Test
  void listsAndShows() throws Exception {
    assertThat(panda("list").out()).contains("There is no panda yet");
    pandas.add(Pandas.babysat());

    assertThat(panda("list").out().lines().toList())
        .satisfiesExactly(
            heads -> assertThat(heads).startsWith("panda                    phase     branch"),
            row -> assertThat(row).contains("training       2     60  1380  dev_error 0.0302"));
    assertThat(panda("show", "last").out())
        .contains("phase       training")
        .contains("trained     branch 2 to epoch 60, step 1380")
        .contains("best 0.0302 (checkpoint 4, branch 2, epoch 55)")
        .contains("! dev_error has not fallen for 30 epochs")
        .contains("  beta1 = 0.9")
        .contains("name: babysit");
    JsonNode json = json("show", "last");
    assertThat(json.at("/ledger/1/before/learning_rate").asDouble()).isEqualTo(0.01);
    assertThat(json.at("/ledger/7/step").isNull()).isTrue();
    assertThat(json.at("/branches/0/parent").isNull()).isTrue();
    assertThat(json.at("/checkpoints/1/name").asText()).isEqualTo("before-lunch");
    assertThat(json.at("/alerts/0/kind").asText()).isEqualTo("plateau");
    assertThat(json("list").at("/pandas/0/last/epoch").asInt()).isEqualTo(60);
  }

  @Test
  void setsParametersForAReason() throws Exception {
    pandas.add(Pandas.babysat());

    Outcome outcome =
        panda("set", "last", "learning_rate=0.001", "batch_size=128", "--why", "slow");
    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    assertThat(outcome.out())
        .isEqualTo(
            "babysit-20261101-120000: 9: set learning_rate 0.001, batch_size 128, from epoch 60,"
                + " step 1380 of branch 2.\n");
    assertThat(last())
        .isInstanceOfSatisfying(
            TunePandaRequest.class,
            request -> {
              assertThat(request.getParameters(0)).isEqualTo(real("learning_rate", 0.001));
              assertThat(request.getWhy()).isEqualTo("slow");
              assertThat(request.getWho()).isEqualTo(Who.get());
              assertThat(request.getRequestId()).isNotEmpty();
            });
    Outcome wrong = panda("set", "last", "learning_rat=1");
    assertThat(wrong.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(wrong.err()).contains("no hyperparameter 'learning_rat'");
    assertThat(panda("set", "last").exitCode()).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void takesAPandaBack() throws Exception {
    pandas.add(Pandas.babysat());

    assertThat(panda("rollback", "last", "--to", "best").out())
        .contains(
            "9: rollback from branch 2, by checkpoint 4, from epoch 60, step 1380 of branch 2");
    assertThat(((RollBackPandaRequest) last()).getBest()).isTrue();
    assertThat(json("rollback", "last", "--to", "2h").get("action").asText()).isEqualTo("rollback");
    assertThat(((RollBackPandaRequest) last()).getAgoMillis()).isEqualTo(7_200_000);
    JsonNode both = json("rollback", "last", "--to", "best", "--set", "learning_rate=0.01");
    assertThat(both.at("/then/0/action").asText()).isEqualTo("set");
    assertThat(last()).isInstanceOf(TunePandaRequest.class);
    assertThat(panda("rollback", "last", "--to", "lunch:3").exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(panda("rollback", "last").err()).contains("--to");
  }

  @Test
  void doesTheRest() throws Exception {
    pandas.add(Pandas.babysat());

    for (String action : List.of("pause", "resume", "recalibrate", "end")) {
      JsonNode json = json(action, "last", "--why", "so");
      assertThat(json.get("action").asText()).isEqualTo(action);
      assertThat(json.at("/entry/entry").asInt()).isEqualTo(9);
    }
    assertThat(panda("checkpoint", "last", "--name", "before-lunch").out())
        .contains("Checkpoint 5 \"before-lunch\": branch 2, epoch 60, step 1380.");
    pandas.replace(Pandas.babysat().toBuilder().setPhase(PandaPhase.PANDA_ENDED).build());
    Outcome refused = panda("pause", "last");
    assertThat(refused.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(refused.err()).contains("it is ended already");
  }

  @Test
  void adoptsATrialAndSpawnsASweep() throws Exception {
    coordinator
        .addSweep("digits-1", "name: digits\n")
        .add(update(sweep(SweepState.SWEEP_RUNNING, 6, 20)));
    pandas.add(Pandas.babysat());
    coordinator.onSubmit(request -> SubmitSweepResponse.newBuilder().setSweepId("ways-1").build());
    Path file = Files.writeString(folder.resolve("ways.yaml"), "name: ways\n");

    Outcome adopted = panda("adopt", "last", "25", "--why", "the best");
    assertThat(adopted.out()).as(adopted.err()).isEqualTo("adopted-1\n");
    assertThat(adopted.err()).contains("Goes on with trial 25 of digits-1 from step 460.");
    assertThat(last())
        .isInstanceOfSatisfying(
            AdoptTrialRequest.class, request -> assertThat(request.getTrial()).isEqualTo(25));

    assertThat(panda("spawn", "last", "--checkpoint", "before-lunch", file.toString()).out())
        .isEqualTo("ways-1\n");
    assertThat(coordinator.requests().getLast())
        .isInstanceOfSatisfying(
            SubmitSweepRequest.class,
            request -> assertThat(request.getStart().getCheckpoint()).isEqualTo(2));
    Outcome none = panda("spawn", "last", "--checkpoint", "99", file.toString());
    assertThat(none.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(none.err()).contains("has no checkpoint 99; `caviar panda log");
  }

  @Test
  void printsTheLedgerAndAPicture() throws Exception {
    pandas.add(Pandas.babysat());
    Path svg = folder.resolve("panda.svg");

    Outcome log = panda("log", "last", "--svg", svg.toString());
    assertThat(log.out()).as(log.err()).contains("└── branch 2 (present)");
    assertThat(svg).content().contains("<polyline");
    assertThat(json("log", "last").get("ledger")).hasSize(8);
    Outcome unwritable = panda("log", "last", "--svg", folder.resolve("none/x.svg").toString());
    assertThat(unwritable.exitCode()).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void showsWhatWorkersSaidOfABranch() throws Exception {
    pandas.add(Pandas.babysat());
    coordinator.log(
        TrialLogLine.newBuilder().setNumber(1).setWorkerId("ada").setText("begins").build());

    Outcome log = panda("logs", "last");
    assertThat(log.out()).as(log.err()).contains("ada: begins");
    JsonNode old = json("logs", "last", "--branch", "0");
    assertThat(old.path("branch").asInt()).isZero();
    assertThat(old.at("/lines/0/text").asText()).isEqualTo("begins");
    assertThat(coordinator.requests())
        .filteredOn(GetTrialLogRequest.class::isInstance)
        .extracting(request -> ((GetTrialLogRequest) request).getTrial())
        .containsExactly(2, 0);
  }

  @Test
  void promotesALearningRatePath() throws Exception {
    pandas.add(Pandas.babysat());
    Path file = folder.resolve("path.yaml");

    Outcome promoted = panda("promote", "last", "--to", file.toString());
    assertThat(promoted.exitCode()).as(promoted.err()).isZero();
    assertThat(file).content().contains("learning_rate_path:\n  - {after_epoch: 5, rate: 3.0}\n");
    assertThat(promoted.err()).contains("1 change was in the middle of an epoch");
    assertThat(panda("promote", "last", "--to", file.toString()).err()).contains("exists already");
    assertThat(json("promote", "last", "--branch", "1").at("/learning_rate_path/0/rate").asDouble())
        .isEqualTo(3);
    assertThat(panda("promote", "last", "--branch", "9").err()).contains("has no branch 9");
  }

  @Test
  void watchesInPlainLinesToTheEnd() throws Exception {
    pandas.add(Pandas.babysat().toBuilder().setPhase(PandaPhase.PANDA_ENDED).build());

    Outcome watched = panda("watch", "last", "--plain");
    assertThat(watched.exitCode()).as(watched.err()).isZero();
    assertThat(watched.out())
        .contains("branch 2  epoch 60  step 1380")
        .contains("entry 6  set learning_rate 0.03 -> 0.003")
        .contains("└── branch 2 (present)");
    assertThat(json("watch", "last").get("phase").asText()).isEqualTo("ended");
  }

  /** The real program on a terminal: it takes the screen, heeds keys, and leaves it as it was. */
  @Test
  void watchesOnATerminalAndHeedsKeys() throws Exception {
    assumeTrue(hasScript(), "no script command to make a terminal with");
    pandas.add(Pandas.babysat());
    Path log = folder.resolve("terminal");
    Process process =
        new ProcessBuilder("script", "-q", "-e", "-c", command(), log.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("out").toFile())
            .start();
    try (var keys = process.outputWriter(UTF_8)) {
      await(log, "branch 2  epoch 60");
      for (String typed : List.of("l", "0.001", "\r", "it has stopped falling", "\r")) {
        keys.write(typed);
        keys.flush();
        Thread.sleep(150);
      }
      await(log, "9: set learning_rate 0.001");
      keys.write("\u001b[A"); // An arrow means nothing, and its letters are no keys.
      keys.write("q");
      keys.flush();
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }

    assertThat(process.exitValue()).as(shown(log)).isZero();
    assertThat(pandas.requests())
        .filteredOn(TunePandaRequest.class::isInstance)
        .singleElement()
        .satisfies(
            request ->
                assertThat(((TunePandaRequest) request).getWhy())
                    .isEqualTo("it has stopped falling"));
    String screen = shown(log);
    assertThat(screen).contains("\u001b[?1049h").contains("Stopped watching; the panda goes on.");
    assertThat(screen.lastIndexOf("\u001b[?1049l"))
        .isGreaterThan(screen.lastIndexOf("\u001b[?1049h"));
  }

  /** What is there so far, the last character perhaps in part. */
  private static String shown(Path log) throws IOException {
    return new String(Files.readAllBytes(log), UTF_8);
  }

  private static boolean hasScript() {
    try {
      return new ProcessBuilder("script", "--version").redirectErrorStream(true).start().waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private String command() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> flag.matches("--(enable-native|sun-misc|add-modules).*"))
        .forEach(command::add);
    command.addAll(
        List.of("-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
    command.addAll(
        List.of(
            "dev.caviar.cli.Caviar", "panda", "watch", "last", "--server", coordinator.address()));
    return "TERM=xterm "
        + command.stream().map(word -> "'" + word + "'").collect(Collectors.joining(" "));
  }

  private static void await(Path log, String text) throws Exception {
    for (int i = 0; i < 600; i++) {
      if (Files.exists(log) && plain(shown(log)).contains(text)) {
        return;
      }
      Thread.sleep(100);
    }
    throw new AssertionError("'" + text + "' is not in " + shown(log));
  }

  private static String plain(String screen) {
    return screen.replaceAll("\u001b\\[[0-9;?]*[A-Za-z]", "");
  }
}
