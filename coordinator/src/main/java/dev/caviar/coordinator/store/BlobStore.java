package dev.caviar.coordinator.store;

import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.BlobRef;
import java.io.IOException;
import java.io.InputStream;

/**
 * Bytes by their content: checkpoints, models, files of data sets. Each kind is a space of its own,
 * so that deleting a checkpoint never takes a data set. Blocking; thread-safe.
 */
public interface BlobStore {
  /**
   * Takes bytes to their end. They are there, whole and for good, once this returns; if it throws,
   * nothing is. Storing what is there already changes nothing.
   *
   * @param most bytes taken
   * @throws BlobTooLargeException if there are more
   * @throws IOException if they cannot be read or stored
   */
  BlobRef put(BlobKind kind, InputStream bytes, long most) throws IOException;

  /**
   * The bytes of that hash; the caller closes.
   *
   * @param sha256 in lower-case hexadecimal
   * @throws NoSuchBlobException if there are none, or the hash is not one
   */
  InputStream open(BlobKind kind, String sha256) throws IOException;

  /** Whether there are bytes of that hash. */
  boolean contains(BlobKind kind, String sha256) throws IOException;

  /** Forgets them; not an error if there are none. */
  void delete(BlobKind kind, String sha256) throws IOException;

  /** There are no bytes of that hash. */
  final class NoSuchBlobException extends IOException {
    public NoSuchBlobException(BlobKind kind, String sha256) {
      super("there is no " + kind + " " + sha256);
    }
  }

  /** More bytes than may be stored. */
  final class BlobTooLargeException extends IOException {
    public BlobTooLargeException(BlobKind kind, long most) {
      super("a " + kind + " may have " + most + " bytes; this one has more");
    }
  }
}
