package dev.caviar.coordinator.api;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How the coordinator's port is to be had.
 *
 * @param bind the address listened on, loopback unless there is TLS and a tokens file
 * @param port 0: any that is free
 * @param tls null: in plain text
 * @param tokensFile who may do what; null: whoever reaches the port may do all
 * @param insecure listens beyond loopback even without TLS and tokens
 * @param mostBlobBytes of a checkpoint or a model
 * @param mostDataBytes of a file of a data set
 * @param mostRequestsPerSecond of one client address; workers are not counted
 */
public record ApiSettings(
    String bind,
    int port,
    @Nullable Tls tls,
    @Nullable Path tokensFile,
    boolean insecure,
    long mostBlobBytes,
    long mostDataBytes,
    int mostRequestsPerSecond) {

  public static final long DEFAULT_MOST_BLOB_BYTES = 256L << 20;
  public static final long DEFAULT_MOST_DATA_BYTES = 4L << 30;
  public static final int DEFAULT_MOST_REQUESTS_PER_SECOND = 200;

  /**
   * The coordinator's certificate and key, and the authority that signs workers'; PEM files, the
   * key in PKCS #8.
   */
  public record Tls(Path certificate, Path key, Path authority) {}

  /** On loopback, in plain text. */
  public static ApiSettings loopback(int port) {
    return new ApiSettings(
        "127.0.0.1",
        port,
        null,
        null,
        false,
        DEFAULT_MOST_BLOB_BYTES,
        DEFAULT_MOST_DATA_BYTES,
        DEFAULT_MOST_REQUESTS_PER_SECOND);
  }
}
