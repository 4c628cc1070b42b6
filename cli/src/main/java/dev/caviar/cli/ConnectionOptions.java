package dev.caviar.cli;

import dev.caviar.cli.remote.ConnectionSettings;
import dev.caviar.cli.remote.GrpcSweepClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Where the coordinator is, for all commands that talk to one. */
final class ConnectionOptions {
  @ArgGroup(validate = false, heading = "%nConnection:%n")
  private final Given given = new Given();

  /** A group of their own in each command's help. */
  private static final class Given {
    @Option(
        names = "--server",
        paramLabel = "HOST:PORT",
        description =
            "The coordinator; several, repeated or with commas, are tried in turn. Otherwise it is"
                + " CAVIAR_SERVER, or server in ~/.config/caviar/config.properties, or"
                + " localhost:7070.")
    private List<String> servers = new ArrayList<>();

    @Option(
        names = "--token-file",
        paramLabel = "FILE",
        description =
            "The token to show to it; otherwise CAVIAR_TOKEN, CAVIAR_TOKEN_FILE, or token-file in"
                + " the config file.")
    private @Nullable Path tokenFile;

    @Option(
        names = "--ca-file",
        paramLabel = "FILE",
        description =
            "Certificates (PEM) that its own must be signed by; with them, connections use TLS."
                + " Otherwise CAVIAR_CA_FILE, or ca-file in the config file.")
    private @Nullable Path caFile;
  }

  /**
   * All that is said here and elsewhere.
   *
   * @throws CommandException if something of it is wrong
   */
  ConnectionSettings settings() {
    try {
      return ConnectionSettings.resolve(
          new ConnectionSettings.Given(given.servers, given.tokenFile, given.caFile),
          System.getenv(),
          ConnectionSettings.configFile(System.getenv()));
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.USAGE, String.valueOf(e.getMessage()));
    }
  }

  /** A client of that coordinator; it connects when it is first asked something. */
  SweepClient connect() {
    return connect(settings());
  }

  static SweepClient connect(ConnectionSettings settings) {
    try {
      return GrpcSweepClient.of(settings);
    } catch (IllegalArgumentException e) {
      throw new CommandException(
          ExitCode.USAGE,
          settings.caFile() + ": holds no certificates that can be read: " + e.getMessage());
    }
  }
}
