package dev.caviar.worker;

import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.BlobRef;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * How a worker's checkpoints and models get to the coordinator, and checkpoints and data sets from
 * there. Blocking; thread-safe.
 */
public interface BlobTransfer {
  /** The coordinator has no such blob, however often it is asked. */
  final class NoSuchBlobException extends IOException {
    public NoSuchBlobException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * Stored for good when this returns.
   *
   * @throws IOException if the coordinator does not take it or cannot be reached
   */
  BlobRef put(BlobKind kind, InputStream bytes) throws IOException;

  /**
   * Writes the bytes of that hash. The caller checks the hash: this only carries.
   *
   * @throws NoSuchBlobException if there are none
   * @throws IOException if the coordinator cannot be reached
   */
  void get(BlobKind kind, String sha256, OutputStream to) throws IOException;
}
