package dev.caviar.cli;

import dev.caviar.coordinator.CoordinatorNode;
import dev.caviar.coordinator.CoordinatorSettings;
import dev.caviar.coordinator.store.StoreException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code caviar coordinator}: runs a coordinator until it is told to end. */
@Command(
    name = "coordinator",
    mixinStandardHelpOptions = true,
    description = {
      "Runs a coordinator, which keeps sweeps and gives their trials to workers, until it is"
          + " ended.",
      "What no option says is read from the environment; reference.conf lists it all."
    },
    footer = {
      "",
      "Examples:",
      "  caviar coordinator --store caviar-store",
      "  caviar coordinator --bind 0.0.0.0 --tls-certificate certs/coordinator.pem \\",
      "      --tls-key certs/coordinator-key.pem --tls-authority certs/ca.pem \\",
      "      --tokens-file certs/tokens"
    })
final class CoordinatorCommand implements Callable<Integer> {
  private static final String PREFIX = "caviar.coordinator";

  @Option(
      names = "--bind",
      paramLabel = "ADDRESS",
      description = "Where it listens; otherwise CAVIAR_BIND, or 127.0.0.1.")
  private @Nullable String bind;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "0 for any that is free; otherwise CAVIAR_PORT, or 7070.")
  private @Nullable Integer port;

  @Option(
      names = "--store",
      paramLabel = "DIR",
      description =
          "Keeps all in this folder; otherwise what CAVIAR_STORE_KIND says, or in caviar-store.")
  private @Nullable Path store;

  @Mixin private final TlsOptions tls = new TlsOptions();

  @Option(
      names = "--tokens-file",
      paramLabel = "FILE",
      description = "Who may do what: a line ROLE TOKEN each; otherwise CAVIAR_TOKENS_FILE.")
  private @Nullable Path tokensFile;

  @Option(
      names = "--insecure",
      description = "Listen to a network even without TLS and tokens, because it is trusted.")
  private boolean insecure;

  @Override
  public Integer call() {
    Map<String, Object> options = new HashMap<>();
    if (bind != null) {
      options.put(PREFIX + ".bind", bind);
    }
    if (port != null) {
      options.put(PREFIX + ".port", port);
    }
    if (store != null) {
      options.put(PREFIX + ".store.kind", "embedded");
      options.put(PREFIX + ".store.folder", store.toString());
    }
    if (tokensFile != null) {
      options.put(PREFIX + ".tokens-file", tokensFile.toString());
    }
    if (insecure) {
      options.put(PREFIX + ".insecure", true);
    }
    tls.addTo(options, PREFIX);
    try {
      CoordinatorNode.start(CoordinatorSettings.of(NodeConfig.of(options))).whenTerminated().join();
      return ExitCode.OK;
    } catch (IllegalArgumentException | StoreException | CompletionException e) {
      Throwable cause = e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
      throw new CommandException(
          ExitCode.FAILED, "The coordinator cannot start: " + cause.getMessage());
    }
  }
}
