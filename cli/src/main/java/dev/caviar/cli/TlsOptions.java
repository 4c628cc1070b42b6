package dev.caviar.cli;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a process of the cluster shows to the others, and what it believes them by. */
final class TlsOptions {
  @Option(
      names = "--tls-certificate",
      paramLabel = "FILE",
      description = "Its own certificate (PEM); otherwise CAVIAR_TLS_CERTIFICATE.")
  private @Nullable Path certificate;

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      description = "The certificate's key (PEM, PKCS #8); otherwise CAVIAR_TLS_KEY.")
  private @Nullable Path key;

  @Option(
      names = "--tls-authority",
      paramLabel = "FILE",
      description =
          "Certificates (PEM) of the authority that signed the others'; otherwise"
              + " CAVIAR_TLS_AUTHORITY.")
  private @Nullable Path authority;

  /** Adds them to settings, below a prefix such as {@code caviar.worker}. */
  void addTo(Map<String, Object> settings, String prefix) {
    put(settings, prefix + ".tls.certificate", certificate);
    put(settings, prefix + ".tls.key", key);
    put(settings, prefix + ".tls.authority", authority);
  }

  private static void put(Map<String, Object> settings, String name, @Nullable Path file) {
    if (file != null) {
      settings.put(name, file.toString());
    }
  }
}
