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

/** {@code caviar coordinator}: a cluster's coordinator in this process. */
@Command(
    name = "coordinator",
    mixinStandardHelpOptions = true,
    description = {
      "Runs a coordinator until it is told to end: workers and clients dial in to it.",
      "Beyond this machine it serves only with TLS and tokens, or with --insecure. What it knows"
          + " is in its store; started again it goes on from there.",
      "What no option says, the environment does, by the names in brackets."
    },
    footer = {
      "",
      "Examples:",
      "  caviar coordinator",
      "  caviar coordinator --store /var/lib/caviar --bind 0.0.0.0 \\",
      "      --tokens-file tokens --tls-certificate coordinator.pem \\",
      "      --tls-key coordinator-key.pem --tls-authority ca.pem"
    })
final class CoordinatorCommand implements Callable<Integer> {
  private static final String PATH = "caviar.coordinator";

  @Mixin private final NodeOptions node = new NodeOptions();

  @Option(
      names = "--bind",
      paramLabel = "ADDRESS",
      description = "Where it listens (CAVIAR_BIND; default: 127.0.0.1).")
  private @Nullable String bind;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "The port (CAVIAR_PORT; default: 7070).")
  private @Nullable Integer port;

  @Option(
      names = "--store",
      paramLabel = "WHERE",
      description =
          "A folder, or jdbc:postgresql://HOST/DATABASE with CAVIAR_STORE_USER and"
              + " CAVIAR_STORE_PASSWORD (CAVIAR_STORE_FOLDER, CAVIAR_STORE_URL; default:"
              + " caviar-store).")
  private @Nullable String store;

  @Option(
      names = "--tokens-file",
      paramLabel = "FILE",
      description =
          "Who may do what: lines of ROLE TOKEN, the role viewer or operator"
              + " (CAVIAR_TOKENS_FILE).")
  private @Nullable Path tokensFile;

  @Option(
      names = "--insecure",
      description = "Serve other machines without TLS and tokens (CAVIAR_INSECURE=true).")
  private boolean insecure;

  @Override
  public Integer call() {
    Map<String, Object> options = new HashMap<>();
    NodeOptions.put(options, "bind", bind);
    NodeOptions.put(options, "port", port);
    NodeOptions.put(options, "tokens-file", tokensFile);
    if (insecure) {
      options.put("insecure", true);
    }
    if (store != null && store.startsWith("jdbc:")) {
      options.put("store.kind", "postgresql");
      options.put("store.url", store);
    } else if (store != null) {
      options.put("store.kind", "embedded");
      options.put("store.folder", store);
    }
    try {
      CoordinatorNode.start(CoordinatorSettings.of(node.config(PATH, options)))
          .whenTerminated()
          .join();
      return ExitCode.OK;
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.USAGE, "The coordinator cannot start: " + e.getMessage());
    } catch (StoreException | CompletionException e) {
      Throwable cause = e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
      throw new CommandException(
          ExitCode.FAILED, "The coordinator cannot start: " + cause.getMessage());
    }
  }
}
