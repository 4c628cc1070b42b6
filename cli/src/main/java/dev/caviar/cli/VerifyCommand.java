package dev.caviar.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caviar.cli.view.TrialStates;
import dev.caviar.coordinator.schedule.Schedule;
import dev.caviar.coordinator.search.Sampler;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.coordinator.space.SweepDefinition.Metric;
import dev.caviar.coordinator.space.SweepFile;
import dev.caviar.proto.EndStates;
import dev.caviar.proto.v1.ContinueSweepRequest;
import dev.caviar.proto.v1.EarlierTrial;
import dev.caviar.proto.v1.GetSweepRequest;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.SubmitSweepRequest;
import dev.caviar.proto.v1.SubmitSweepResponse;
import dev.caviar.proto.v1.TrialStatus;
import dev.caviar.proto.v1.WatchSweepRequest;
import dev.caviar.worker.WorkerOptions;
import dev.caviar.worker.backend.CpuBackend;
import dev.caviar.worker.data.DataCache;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** {@code caviar verify}: whether a sweep comes to the same when it is run again. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    description = {
      "Runs a sweep again in this process, with one trial at a time and with several, and compares"
          + " what its trials come to: parameters, states, and objectives to the last bit.",
      "Exit code 0 if all is the same, 1 if not. Another kind of CPU may round otherwise."
    },
    footer = {
      "",
      "Examples:",
      "  caviar verify last",
      "  caviar verify caviar-results/digits-20261123-120000 --workers 1,2,8"
    })
final class VerifyCommand extends SweepOrFolderCommand {
  private static final int MOST_WORKERS = 1_000;

  @Option(
      names = "--workers",
      paramLabel = "N",
      split = ",",
      description =
          "How many trials are trained at once, in each of the runs (default: ${DEFAULT-VALUE}).")
  private List<Integer> workers = List.of(1, 4);

  @Option(
      names = "--directory",
      paramLabel = "DIR",
      description = "What relative paths in the sweep's file start from (default: here).")
  private Path directory = Path.of("");

  /** One run, or what was recorded. */
  private record Run(String name, @Nullable Integer workers, SweepDigest digest) {}

  @Override
  protected int run(SweepClient client) throws Exception {
    for (int count : workers) {
      if (count < 1 || count > MOST_WORKERS) {
        throw new ParameterException(
            commandLine(), "--workers must be 1 to %,d, is %d".formatted(MOST_WORKERS, count));
      }
    }
    GetSweepResponse recorded = get(client);
    requireWhole(recorded);
    SweepDefinition definition = SweepFile.parse(recorded.getSweepFile(), directory);
    DataCache data = new DataCache();
    data.get(definition.data());
    if (definition.asksFor(Metric.TRAINING_TIME)) {
      err()
          .println("It asks for training_time, which is never the same twice, so runs may differ.");
    }
    if (Sampler.of(definition).dependsOnOrderOfResults()) {
      err()
          .println(
              "Its sampler learns from results in the order they come in, so runs may differ; add"
                  + " reproducible: true to the sweep file's search section.");
    }
    if (Schedule.of(definition).dependsOnOrderOfResults()) {
      err()
          .println(
              "Its early stopping judges trials in the order they come in, so runs may differ;"
                  + " with successive_halving or hyperband they do not.");
    }
    List<Run> runs = new ArrayList<>();
    runs.add(
        new Run(
            "as recorded", null, new SweepDigest(definition.space(), recorded.getTrialsList())));
    for (int count : workers) {
      runs.add(
          new Run(
              count == 1 ? "1 trial at a time" : count + " trials at a time",
              count,
              new SweepDigest(
                  definition.space(),
                  again(
                      definition,
                      recorded.getEarlierList(),
                      data,
                      recorded.getTrialsCount(),
                      count))));
    }
    print(() -> json(recorded, runs), () -> lines(recorded, runs));
    return runs.stream().allMatch(run -> differs(runs.getFirst(), run) == null)
        ? ExitCode.OK
        : ExitCode.FAILED;
  }

  private static void requireWhole(GetSweepResponse recorded) {
    requireNewWeights(recorded);
    String unfinished =
        recorded.getTrialsCount() == 0
            ? "has no trials"
            : recorded.getTrialsList().stream()
                .filter(
                    trial ->
                        switch (trial.getState()) {
                          case COMPLETED, STOPPED_EARLY, DIVERGED, INFEASIBLE -> false;
                          default -> true;
                        })
                .findFirst()
                .map(
                    trial ->
                        "is not whole: its trial %d is %s"
                            .formatted(trial.getTrial(), TrialStates.key(trial.getState())))
                .orElse(null);
    if (recorded.getSpaceChangesCount() > 0) {
      throw new CommandException(
          ExitCode.USAGE,
          "the space of %s was changed while it ran, of which the sweep file says nothing, so it cannot be run again from that"
              .formatted(id(recorded)));
    }
    recorded.getTrialsList().stream()
        .filter(TrialStatus::getEnqueued)
        .findFirst()
        .ifPresent(
            trial -> {
              throw new CommandException(
                  ExitCode.USAGE,
                  "trial %d of %s was enqueued by its user, of which the sweep file says nothing, so it cannot be run again from that"
                      .formatted(trial.getTrial(), id(recorded)));
            });
    if (unfinished != null) {
      throw new CommandException(
          ExitCode.USAGE,
          "%s %s, so another run cannot be compared with it".formatted(id(recorded), unfinished));
    }
  }

  /**
   * The trials of another run.
   *
   * @param earlier what its sampler knew from the beginning
   * @param all how many there are to be, with those that were added to the sweep file's
   * @param count how many are trained at once
   */
  private List<TrialStatus> again(
      SweepDefinition definition, List<EarlierTrial> earlier, DataCache data, int all, int count)
      throws Exception {
    WorkerOptions worker = new WorkerOptions("worker-1", count, new CpuBackend(), data);
    try (InProcessClient here = InProcessClient.start(worker)) {
      SubmitSweepResponse submitted =
          Answers.await(
              here.submit(
                  SubmitSweepRequest.newBuilder()
                      .setSweepFile(definition.file())
                      .setBaseDirectory(directory.toAbsolutePath().toString())
                      .addAllEarlier(earlier)
                      .build()));
      AtomicInteger over = new AtomicInteger();
      if (all > definition.search().trials() * definition.repeats().count()) {
        Answers.await(
            here.continueSweep(
                ContinueSweepRequest.newBuilder()
                    .setSweepId(submitted.getSweepId())
                    .setTrials(all)
                    .build()));
      }
      Answers.await(
          here.watch(
              WatchSweepRequest.newBuilder().setSweepId(submitted.getSweepId()).build(),
              update -> {
                if (update.hasTrial() && EndStates.contains(update.getTrial().getState())) {
                  tell(count, over.incrementAndGet(), all);
                }
              }));
      return Answers.await(
              here.get(GetSweepRequest.newBuilder().setSweepId(submitted.getSweepId()).build()))
          .getTrialsList();
    }
  }

  /** A line for each tenth, so that long sweeps show that they go on. */
  private void tell(int count, int over, int all) {
    if (over * 10L / all != (over - 1) * 10L / all) {
      err().printf("With %d at a time: %d of %d trials are over%n", count, over, all);
      err().flush();
    }
  }

  private static @Nullable Integer differs(Run recorded, Run run) {
    return recorded.digest().firstDifference(run.digest());
  }

  private static List<String> lines(GetSweepResponse recorded, List<Run> runs) {
    TextTable table = new TextTable(List.of("run", "digest", ""));
    Run first = runs.getFirst();
    for (Run run : runs) {
      Integer trial = differs(first, run);
      table.add(
          List.of(
              run.name(),
              run.digest().sha256().substring(0, 16),
              run.workers() == null
                  ? ""
                  : trial == null
                      ? "the same"
                      : "differs from trial %d on: recorded %s, now %s"
                          .formatted(
                              trial,
                              first.digest().describe(trial),
                              run.digest().describe(trial))));
    }
    List<String> lines = new ArrayList<>();
    lines.add(id(recorded) + ", " + recorded.getTrialsCount() + " trials");
    lines.addAll(table.lines());
    return lines;
  }

  private static ObjectNode json(GetSweepResponse recorded, List<Run> runs) {
    ObjectNode document = Json.object();
    document.put("sweep", id(recorded));
    document.put("trials", recorded.getTrialsCount());
    document.put("digest", runs.getFirst().digest().sha256());
    ArrayNode list = document.putArray("runs");
    for (Run run : runs.subList(1, runs.size())) {
      Integer trial = differs(runs.getFirst(), run);
      ObjectNode node = list.addObject();
      node.put("workers", run.workers());
      node.put("digest", run.digest().sha256());
      node.put("same", trial == null);
      if (trial != null) {
        node.put("first_difference", trial);
      }
    }
    return document;
  }
}
