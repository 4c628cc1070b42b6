package dev.caviar.worker.link;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the coordinators are and how they are spoken to.
 *
 * @param coordinators each HOST:PORT, at least one
 * @param tls null: in plain text, which a coordinator takes on loopback only, unless it was told to
 */
public record LinkSettings(List<String> coordinators, @Nullable Tls tls) {
  public LinkSettings {
    coordinators = List.copyOf(coordinators);
    if (coordinators.isEmpty()) {
      throw new IllegalArgumentException("a worker needs the address of a coordinator, HOST:PORT");
    }
    for (String coordinator : coordinators) {
      if (!coordinator.matches(".+:\\d{1,5}")) {
        throw new IllegalArgumentException(
            "the address of a coordinator is HOST:PORT, not " + coordinator);
      }
    }
  }

  /**
   * The worker's own certificate and key, and the authority that signed the coordinators'; PEM
   * files, the key in PKCS #8.
   */
  public record Tls(Path certificate, Path key, Path authority) {}
}
