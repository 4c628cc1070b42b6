package dev.caviar.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What coordinators and workers are told alike when they start. */
final class NodeOptions {
  /** Logback's, read when the first logger is asked for. */
  private static final String LOG_SETTINGS = "logback.configurationFile";

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "More settings, in HOCON; the reference.conf of Caviar names them all.")
  private @Nullable Path config;

  @Option(
      names = "--tls-certificate",
      paramLabel = "FILE",
      description = "Its certificate, PEM (CAVIAR_TLS_CERTIFICATE).")
  private @Nullable Path certificate;

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      description = "The certificate's key, PEM in PKCS #8 (CAVIAR_TLS_KEY).")
  private @Nullable Path key;

  @Option(
      names = "--tls-authority",
      paramLabel = "FILE",
      description = "The authority that signed the others' certificates (CAVIAR_TLS_AUTHORITY).")
  private @Nullable Path authority;

  /**
   * The whole configuration: options count before the file, and that before the environment.
   *
   * @param path of the node's own settings, such as caviar.worker
   * @param options by their names below that path
   * @throws CommandException if the file cannot be read
   */
  Config config(String path, Map<String, Object> options) {
    // A process that serves has nothing else to show than its log.
    if (System.getProperty(LOG_SETTINGS) == null) {
      System.setProperty(LOG_SETTINGS, "dev/caviar/cli/node-logback.xml");
    }
    Map<String, Object> said = new HashMap<>();
    options.forEach((name, value) -> said.put(path + "." + name, value));
    put(said, path + ".tls.certificate", certificate);
    put(said, path + ".tls.key", key);
    put(said, path + ".tls.authority", authority);
    // Here Ctrl-C and SIGTERM end the actors in order, which for a worker is handing back its
    // trials.
    said.put("akka.coordinated-shutdown.run-by-jvm-shutdown-hook", "on");
    Path file = config;
    try {
      if (file != null && !Files.isReadable(file)) {
        throw new CommandException(ExitCode.USAGE, file + ": cannot be read");
      }
      Config own = file == null ? ConfigFactory.empty() : ConfigFactory.parseFile(file.toFile());
      return ConfigFactory.parseMap(said, "options")
          .withFallback(own)
          .withFallback(ConfigFactory.load())
          .resolve();
    } catch (ConfigException e) {
      throw new CommandException(ExitCode.USAGE, String.valueOf(e.getMessage()));
    }
  }

  /** Notes what was said; what was not is left to the file and the environment. */
  static void put(Map<String, Object> said, String name, @Nullable Object value) {
    if (value instanceof Path file) {
      said.put(name, file.toString());
    } else if (value != null) {
      said.put(name, value);
    }
  }
}
