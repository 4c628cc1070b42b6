package dev.caviar.cli;

import dev.caviar.worker.WorkerNode;
import dev.caviar.worker.WorkerSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code caviar worker}: a cluster's worker in this process. */
@Command(
    name = "worker",
    mixinStandardHelpOptions = true,
    description = {
      "Runs a worker until it is told to end: it dials in to a coordinator and trains what it is"
          + " given.",
      "On Ctrl-C or SIGTERM it checkpoints what it trains and hands it back, so that another goes"
          + " on with it.",
      "What no option says, the environment does, by the names in brackets."
    },
    footer = {
      "",
      "Examples:",
      "  caviar worker",
      "  caviar worker --coordinator tuner-1:7070,tuner-2:7070 --slots 8"
    })
final class WorkerCommand implements Callable<Integer> {
  private static final String PATH = "caviar.worker";

  @SuppressWarnings("NullAway.Init")
  @Spec
  private CommandSpec spec;

  @Mixin private final NodeOptions node = new NodeOptions();

  @Option(
      names = "--coordinator",
      paramLabel = "HOST:PORT",
      description =
          "The coordinator; several, repeated or with commas, are tried in turn"
              + " (CAVIAR_COORDINATORS; default: 127.0.0.1:7070).")
  private List<String> coordinators = new ArrayList<>();

  @Option(
      names = "--slots",
      paramLabel = "N",
      description = "Trials trained at once (CAVIAR_SLOTS; default: the number of cores).")
  private @Nullable Integer slots;

  @Option(
      names = "--id",
      paramLabel = "NAME",
      description =
          "Unique among workers (CAVIAR_WORKER_ID; default: the host's name and something random).")
  private @Nullable String id;

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      description = "The arithmetic: cpu or nd4j (CAVIAR_BACKEND; default: cpu).")
  private RunCommand.@Nullable BackendName backend;

  @Option(
      names = "--data-folder",
      paramLabel = "DIR",
      description =
          "Where data pushed to the coordinator is kept (CAVIAR_DATA_FOLDER; default: the user's"
              + " cache folder).")
  private @Nullable Path dataFolder;

  @Override
  public Integer call() {
    if (slots != null && slots < 1) {
      throw new ParameterException(spec.commandLine(), "--slots must be at least 1, is " + slots);
    }
    Map<String, Object> options = new HashMap<>();
    if (!coordinators.isEmpty()) {
      options.put("coordinators", String.join(",", coordinators));
    }
    NodeOptions.put(options, "slots", slots);
    NodeOptions.put(options, "id", id);
    NodeOptions.put(
        options, "backend", backend == null ? null : backend.name().toLowerCase(Locale.ROOT));
    NodeOptions.put(options, "data-folder", dataFolder);
    try {
      WorkerNode.start(WorkerSettings.of(node.config(PATH, options))).whenTerminated().join();
      return ExitCode.OK;
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.USAGE, "The worker cannot start: " + e.getMessage());
    }
  }
}
