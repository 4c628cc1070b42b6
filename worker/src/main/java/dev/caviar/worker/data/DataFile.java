package dev.caviar.worker.data;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * A file of data opened for reading, decompressed on the way if it is gzip, which its first two
 * bytes tell and not its name.
 */
final class DataFile implements AutoCloseable {
  private static final int BUFFER = 1 << 16;

  /** No stream of deflate makes more bytes than this of one: zlib's documentation, "1032:1". */
  private static final long MOST_BYTES_FROM_ONE = 1032;

  private final String name;
  private final long size;
  private final boolean gzip;
  private final InputStream content;

  private DataFile(String name, long size, boolean gzip, InputStream content) {
    this.name = name;
    this.size = size;
    this.gzip = gzip;
    this.content = content;
  }

  /**
   * The path written in a data source.
   *
   * @param field which path it is, for the message
   * @throws DataException if it is empty or not a path at all
   */
  static Path path(String field, String path) {
    if (path.isBlank()) {
      throw new DataException("data source: " + field + " is empty; it must be the path of a file");
    }
    try {
      return Path.of(path);
    } catch (InvalidPathException e) {
      throw new DataException("data source: " + field + " is not a path: " + e.getMessage(), e);
    }
  }

  /**
   * @throws DataException if there is no such file, or if it may not be read
   */
  static DataFile open(Path path) {
    if (Files.isDirectory(path)) {
      throw new DataException(path + ": is a directory; it must be a file");
    }
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      throw new DataException(path + ": is a device or a pipe; it must be a file");
    }
    try {
      return open(path.toString(), Files.size(path), Files.newInputStream(path));
    } catch (IOException e) {
      throw unreadable(path.toString(), e);
    }
  }

  /**
   * @param size of what {@code stream} holds, in bytes, before any decompression
   */
  static DataFile open(String name, long size, InputStream stream) throws IOException {
    try {
      var buffered = new BufferedInputStream(stream, BUFFER);
      buffered.mark(2);
      boolean gzip = buffered.read() == 0x1f && buffered.read() == 0x8b;
      buffered.reset();
      return new DataFile(
          name, size, gzip, gzip ? new GZIPInputStream(buffered, BUFFER) : buffered);
    } catch (IOException e) {
      stream.close();
      throw e;
    }
  }

  /** The file as messages call it. */
  String name() {
    return name;
  }

  /** The content, decompressed. Closed with this. */
  InputStream content() {
    return content;
  }

  /** The most bytes that {@link #content()} can have, which for a plain file is what it has. */
  long mostBytes() {
    return gzip ? size * MOST_BYTES_FROM_ONE : size;
  }

  /** What to throw where reading {@link #content()} threw {@code cause}. */
  DataException unreadable(IOException cause) {
    return unreadable(name, cause);
  }

  private static DataException unreadable(String name, IOException cause) {
    String reason =
        switch (cause) {
          case NoSuchFileException _ -> "no such file on this machine";
          case AccessDeniedException _ -> "may not be read by this user";
          case ZipException _ -> "damaged gzip: " + cause.getMessage();
          case EOFException _ -> "damaged gzip: it ends too early";
          default -> "cannot be read: " + cause;
        };
    return new DataException(name + ": " + reason, cause);
  }

  @Override
  public void close() {
    try {
      content.close();
    } catch (IOException e) {
      // All that was wanted has been read by now.
    }
  }
}
