package dev.caviar.cli;

import dev.caviar.worker.WorkerNode;
import dev.caviar.worker.WorkerSettings;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code caviar worker}: runs a worker until it is told to end. */
@Command(
    name = "worker",
    mixinStandardHelpOptions = true,
    description = {
      "Runs a worker, which dials a coordinator and trains its trials, until it is ended.",
      "Then it checkpoints what it trains and hands it back.",
      "What no option says is read from the environment; reference.conf lists it all."
    },
    footer = {
      "",
      "Examples:",
      "  caviar worker --coordinators tuner.example.org:7070 --slots 8 \\",
      "      --tls-certificate certs/worker.pem --tls-key certs/worker-key.pem \\",
      "      --tls-authority certs/ca.pem"
    })
final class WorkerCommand implements Callable<Integer> {
  private static final String PREFIX = "caviar.worker";

  @Option(
      names = "--coordinators",
      paramLabel = "HOST:PORT,...",
      description =
          "They are tried one after the other; otherwise CAVIAR_COORDINATORS, or 127.0.0.1:7070.")
  private @Nullable String coordinators;

  @Option(
      names = "--id",
      paramLabel = "ID",
      description = "Its own name, which no other worker has; otherwise CAVIAR_WORKER_ID, or new.")
  private @Nullable String id;

  @Option(
      names = "--slots",
      paramLabel = "N",
      description = "Trials trained at once; otherwise CAVIAR_SLOTS, or one for each processor.")
  private @Nullable Integer slots;

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      description = "The arithmetic, cpu or nd4j; otherwise CAVIAR_BACKEND, or cpu.")
  private @Nullable String backend;

  @Mixin private final TlsOptions tls = new TlsOptions();

  @Override
  public Integer call() {
    Map<String, Object> options = new HashMap<>();
    put(options, "coordinators", coordinators);
    put(options, "id", id);
    put(options, "slots", slots);
    put(options, "backend", backend);
    tls.addTo(options, PREFIX);
    try {
      WorkerNode.start(WorkerSettings.of(NodeConfig.of(options))).whenTerminated().join();
      return ExitCode.OK;
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.FAILED, "The worker cannot start: " + e.getMessage());
    }
  }

  private static void put(Map<String, Object> options, String name, @Nullable Object value) {
    if (value != null) {
      options.put(PREFIX + "." + name, value);
    }
  }
}
