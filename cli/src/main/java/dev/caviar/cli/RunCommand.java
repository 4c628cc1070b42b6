package dev.caviar.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caviar.cli.results.EarlierTrials;
import dev.caviar.cli.results.Lineages;
import dev.caviar.cli.results.ResultFolder;
import dev.caviar.cli.results.ResultsException;
import dev.caviar.cli.results.Summary;
import dev.caviar.cli.view.Display;
import dev.caviar.cli.view.SweepProgress;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.proto.v1.EarlierTrial;
import dev.caviar.proto.v1.EndSweepRequest;
import dev.caviar.proto.v1.GetBestModelRequest;
import dev.caviar.proto.v1.GetBestModelResponse;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.SubmitSweepRequest;
import dev.caviar.proto.v1.SubmitSweepResponse;
import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.proto.v1.TrialStatus;
import dev.caviar.proto.v1.WatchSweepRequest;
import dev.caviar.worker.WorkerOptions;
import dev.caviar.worker.backend.Backend;
import dev.caviar.worker.backend.CpuBackend;
import dev.caviar.worker.backend.Nd4jBackend;
import dev.caviar.worker.data.DataCache;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code caviar run}: a whole sweep in this process. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = {
      "Runs a sweep in this process: samples trials, trains them all, names the best.",
      "Ctrl-C ends it with the best so far; a second Ctrl-C ends it at once."
    },
    footer = {
      "",
      "Examples:",
      "  caviar run examples/digits.yaml",
      "  caviar run examples/digits.yaml --slots 1 --output json > summary.json"
    })
final class RunCommand implements Callable<Integer> {
  /** Arithmetic by its name in {@link Backend#name}. */
  enum BackendName {
    CPU,
    ND4J
  }

  private final Clock clock = Clock.systemUTC();
  private final Function<WorkerOptions, SweepClient> connect;

  @SuppressWarnings("NullAway.Init")
  @Spec
  private CommandSpec spec;

  @SuppressWarnings("NullAway.Init")
  @Parameters(paramLabel = "FILE", description = "The sweep file.")
  private Path file;

  @Option(
      names = "--slots",
      paramLabel = "N",
      description = "Trials trained at once (default: the number of cores).")
  private int slots = WorkerOptions.defaultSlots();

  @Option(
      names = "--results",
      paramLabel = "DIR",
      description = "Where the result folder is made (default: ${DEFAULT-VALUE}).")
  private Path results = ResultFolder.DEFAULT;

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      description = "The arithmetic: cpu or nd4j (default: ${DEFAULT-VALUE}).")
  private BackendName backend = BackendName.CPU;

  @Option(
      names = "--output",
      paramLabel = "FORMAT",
      description = "table or json, one document (default: ${DEFAULT-VALUE}).")
  private OutputFormat output = OutputFormat.TABLE;

  // Why the results are not complete, if they are not; set by whichever thread writes them.
  private volatile @Nullable String unwritten;

  @Option(names = "--plain", description = "Plain lines, even on a terminal.")
  private boolean plain;

  @Mixin private WarmStartOption warmStart = new WarmStartOption();

  /** With the coordinator and the worker in this JVM. */
  RunCommand() {
    this(InProcessClient::start);
  }

  RunCommand(Function<WorkerOptions, SweepClient> connect) {
    this.connect = connect;
  }

  @Override
  public Integer call() throws Exception {
    if (slots < 1) {
      throw new ParameterException(spec.commandLine(), "--slots must be at least 1, is " + slots);
    }
    // Native libraries take as long to load as a sweep file and its data to read: both at once.
    CompletableFuture<Backend> loading = CompletableFuture.supplyAsync(this::load);
    SweepFileOnDisk sweepFile = SweepFileOnDisk.read(file);
    SweepDefinition sweep = sweepFile.parse(output);
    // Whatever is wrong with data or folder is better known before training than after it.
    DataCache data = new DataCache();
    data.get(sweep.data());
    ResultFolder.requireWritable(results);
    Backend arithmetic = Answers.await(loading);
    List<EarlierTrial> earlier =
        warmStart.isWanted()
            ? warmStart.read(sweep, RunCommand::noSuchFolder, spec.commandLine().getErr())
            : List.of();
    try (SweepClient client =
        connect.apply(new WorkerOptions("worker-1", slots, arithmetic, data))) {
      return run(client, sweepFile, earlier, sweep.search().seed(), arithmetic);
    }
  }

  private Backend load() {
    return switch (backend) {
      case CPU -> new CpuBackend();
      case ND4J -> new Nd4jBackend();
    };
  }

  private static GetSweepResponse noSuchFolder(String name) {
    throw new CommandException(
        ExitCode.USAGE,
        "--warm-start: there is no folder %s with the results of a sweep".formatted(name));
  }

  private int run(
      SweepClient client,
      SweepFileOnDisk sweepFile,
      List<EarlierTrial> earlier,
      long seed,
      Backend arithmetic)
      throws Exception {
    SubmitSweepResponse submitted =
        Answers.await(
            client.submit(
                SubmitSweepRequest.newBuilder()
                    .setSweepFile(sweepFile.text())
                    .setBaseDirectory(sweepFile.baseDirectory().toString())
                    .addAllEarlier(earlier)
                    .build()));
    if (submitted.getProblemsCount() > 0) {
      throw new CommandException(
          ExitCode.USAGE, sweepFile.path() + ": " + submitted.getProblemsList());
    }
    String id = submitted.getSweepId();
    SweepProgress progress = new SweepProgress(clock.instant());
    boolean interrupted;
    GetBestModelResponse best;
    try (ResultFolder folder = ResultFolder.create(results, id, sweepFile.text())) {
      interrupted = watch(client, id, progress, folder);
      best =
          Answers.await(client.bestModel(GetBestModelRequest.newBuilder().setSweepId(id).build()));
      ObjectNode summary =
          Summary.of(
              progress,
              new Summary.Circumstances(
                  seed,
                  clock.instant(),
                  slots,
                  arithmetic.name(),
                  arithmetic.description(),
                  folder.path()));
      List<TrialStatus> trials = SweepCommand.get(client, id).getTrialsList();
      summary.set("lineages", Lineages.json(trials));
      summary.set("warm_start", EarlierTrials.json(earlier));
      write(
          () -> {
            if (best.hasModel()) {
              folder.writeModel(best.getModel());
            }
            folder.writeSummary(summary);
          },
          problem -> {});
      List<String> lineage =
          trials.stream()
              .filter(trial -> best.hasTrial() && trial.getTrial() == best.getTrial())
              .flatMap(trial -> LineageText.lines(trial).stream())
              .toList();
      report(progress, best, lineage, folder.path(), summary);
    }
    if (unwritten != null) {
      spec.commandLine().getErr().println("Results are missing: " + unwritten);
      return ExitCode.FAILED;
    }
    if (interrupted) {
      return ExitCode.INTERRUPTED;
    }
    return best.hasTrial() ? ExitCode.OK : ExitCode.FAILED;
  }

  /** Shows and writes down all that happens, to the end; answers whether its user ended it. */
  private boolean watch(SweepClient client, String id, SweepProgress progress, ResultFolder folder)
      throws Exception {
    try (Display display = Displays.open(progress, clock, plain, output, spec.commandLine());
        Interruption interruption =
            new Interruption(
                () -> {
                  display.note("Ending; once more to end at once.");
                  var _ = client.end(cancel(id));
                },
                display::close)) {
      Answers.await(
          client.watch(
              WatchSweepRequest.newBuilder().setSweepId(id).build(),
              update -> take(update, progress, folder, display)));
      return interruption.happened();
    } finally {
      ConsoleLog.release();
    }
  }

  /** Hours of training are not given up because a disk is full: the sweep goes on and says so. */
  private void write(Runnable writing, Consumer<String> onFirstFailure) {
    if (unwritten != null) {
      return;
    }
    try {
      writing.run();
    } catch (ResultsException e) {
      unwritten = String.valueOf(e.getMessage());
      onFirstFailure.accept("Results are no longer written: " + unwritten);
    }
  }

  private void take(
      SweepUpdate update, SweepProgress progress, ResultFolder folder, Display display) {
    synchronized (progress) {
      progress.apply(update);
      display.updated(update);
    }
    write(() -> folder.add(update), display::note);
  }

  private static EndSweepRequest cancel(String id) {
    return EndSweepRequest.newBuilder()
        .setSweepId(id)
        .setCancelRunning(true)
        .setReason("ended by its user")
        .build();
  }

  private void report(
      SweepProgress progress,
      GetBestModelResponse best,
      List<String> lineage,
      Path folder,
      ObjectNode summary) {
    PrintWriter out = spec.commandLine().getOut();
    if (output == OutputFormat.JSON) {
      out.println(Json.print(summary));
    } else {
      FinalReport.lines(progress, best, StandardOutput.isTerminal() && StandardOutput.wantsColors())
          .forEach(out::println);
      lineage.forEach(out::println);
      out.println("Results: " + folder);
      if (best.hasModel()) {
        out.println("Predict: caviar predict " + folder + " FILE");
      }
    }
    out.flush();
  }
}
