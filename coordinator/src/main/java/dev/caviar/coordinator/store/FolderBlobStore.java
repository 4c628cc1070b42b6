package dev.caviar.coordinator.store;

import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.BlobRef;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/**
 * Blobs as files {@code KIND/ab/cdef...} of a folder, such as {@code checkpoint/ab/cdef...} for the
 * checkpoint of hash {@code abcdef...}. A file appears there whole, by renaming; what a killed
 * process left half written is deleted when the store is opened again. One process at a time.
 */
public final class FolderBlobStore implements BlobStore {
  private final Path root;
  private final Path spool;

  /**
   * @param root made if there is none
   * @throws StoreException if it cannot be made or written
   */
  public FolderBlobStore(Path root) {
    this.root = root;
    // In the same file system, so that files can be renamed into their place.
    this.spool = root.resolve("incoming");
    try {
      Files.createDirectories(spool);
      try (DirectoryStream<Path> left = Files.newDirectoryStream(spool)) {
        for (Path file : left) {
          Files.delete(file);
        }
      }
    } catch (IOException e) {
      throw new StoreException("the folder " + root + " cannot keep blobs: " + e, e);
    }
  }

  @Override
  public BlobRef put(BlobKind kind, InputStream bytes, long most) throws IOException {
    try (SpooledBlob blob = SpooledBlob.of(spool, kind, bytes, most)) {
      Path file = file(kind, blob.ref().getSha256());
      if (Files.exists(file)) {
        return blob.ref();
      }
      blob.force();
      Path folder = directoryOf(file);
      Files.createDirectories(folder);
      try {
        Files.move(blob.file(), file, StandardCopyOption.ATOMIC_MOVE);
      } catch (AtomicMoveNotSupportedException e) {
        throw new IOException("the file system of " + root + " cannot rename files whole", e);
      }
      // The names on the way to it, which the file's own force does not cover.
      for (Path made = folder; made.startsWith(root); made = directoryOf(made)) {
        force(made);
      }
      return blob.ref();
    }
  }

  private static Path directoryOf(Path file) {
    Path parent = file.getParent();
    return parent == null ? file.toAbsolutePath().getRoot() : parent;
  }

  private static void force(Path folder) throws IOException {
    // Windows cannot open a folder, and needs none of this.
    if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  @Override
  public InputStream open(BlobKind kind, String sha256) throws IOException {
    Sha256.require(kind, sha256);
    try {
      return new VerifiedInputStream(Files.newInputStream(file(kind, sha256)), sha256);
    } catch (NoSuchFileException e) {
      NoSuchBlobException none = new NoSuchBlobException(kind, sha256);
      none.initCause(e);
      throw none;
    }
  }

  @Override
  public boolean contains(BlobKind kind, String sha256) {
    return Sha256.is(sha256) && Files.exists(file(kind, sha256));
  }

  @Override
  public void delete(BlobKind kind, String sha256) throws IOException {
    if (Sha256.is(sha256)) {
      Files.deleteIfExists(file(kind, sha256));
    }
  }

  private Path file(BlobKind kind, String sha256) {
    return root.resolve(kind.name().toLowerCase(Locale.ROOT))
        .resolve(sha256.substring(0, 2))
        .resolve(sha256.substring(2));
  }
}
