package dev.caviar.coordinator.store;

import dev.caviar.coordinator.store.BlobStore.BlobTooLargeException;
import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.BlobRef;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/**
 * Bytes taken to their end into a file, and their hash. Closing deletes the file if it still is
 * where it was.
 */
final class SpooledBlob implements AutoCloseable {
  private static final int BUFFER = 1 << 16;

  private final Path file;
  private final BlobRef ref;

  private SpooledBlob(Path file, BlobRef ref) {
    this.file = file;
    this.ref = ref;
  }

  /**
   * @param folder where the file is to lie
   * @param most bytes taken
   */
  static SpooledBlob of(Path folder, BlobKind kind, InputStream bytes, long most)
      throws IOException {
    Path file = Files.createTempFile(folder, "blob-", ".part");
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      MessageDigest digest = Sha256.digest();
      byte[] buffer = new byte[BUFFER];
      long size = 0;
      for (int count; (count = bytes.read(buffer)) >= 0; ) {
        size += count;
        if (size > most) {
          throw new BlobTooLargeException(kind, most);
        }
        digest.update(buffer, 0, count);
        ByteBuffer part = ByteBuffer.wrap(buffer, 0, count);
        while (part.hasRemaining()) {
          channel.write(part);
        }
      }
      return new SpooledBlob(
          file, BlobRef.newBuilder().setSha256(Sha256.of(digest)).setSize(size).build());
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(file);
      throw e;
    }
  }

  Path file() {
    return file;
  }

  /** Has the disk keep the file, whatever happens to the machine. */
  void force() throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  BlobRef ref() {
    return ref;
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(file);
  }
}
