package dev.caviar.coordinator.store;

import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.BlobRef;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Blobs in a database, where all coordinators of a cluster find them, in chunks. Bytes on their way
 * in are first taken to a temporary file, so that a slow sender holds no connection, and are then
 * stored in one transaction; on their way out each chunk is a query of its own, for the same
 * reason.
 */
public final class DatabaseBlobStore implements BlobStore {
  static final int CHUNK = 256 * 1024;

  private final Database database;
  private final Path spool;

  /**
   * @param database must be open as long as this is used
   * @throws StoreException if there can be no temporary files
   */
  public DatabaseBlobStore(Database database) {
    this.database = database;
    try {
      this.spool = Files.createTempDirectory("caviar-blobs");
      spool.toFile().deleteOnExit();
    } catch (IOException e) {
      throw new StoreException(
          "blobs need a folder for temporary files, and "
              + System.getProperty("java.io.tmpdir")
              + " is none: "
              + e,
          e);
    }
  }

  @Override
  public BlobRef put(BlobKind kind, InputStream bytes, long most) throws IOException {
    try (SpooledBlob blob = SpooledBlob.of(spool, kind, bytes, most)) {
      BlobRef ref = blob.ref();
      if (!contains(kind, ref.getSha256())) {
        try (Connection connection = database.connection();
            InputStream spooled = Files.newInputStream(blob.file())) {
          store(connection, kind, ref, spooled);
        } catch (SQLException e) {
          throw failed("store", kind, ref.getSha256(), e);
        }
      }
      return ref;
    }
  }

  private static void store(Connection connection, BlobKind kind, BlobRef ref, InputStream bytes)
      throws SQLException, IOException {
    connection.setAutoCommit(false);
    try (PreparedStatement content =
            connection.prepareStatement(
                "INSERT INTO blob_content (kind, sha256, size) VALUES (?, ?, ?)");
        PreparedStatement chunk =
            connection.prepareStatement(
                "INSERT INTO blob_chunk (kind, sha256, number, data) VALUES (?, ?, ?, ?)")) {
      content.setInt(1, kind.getNumber());
      content.setString(2, ref.getSha256());
      content.setLong(3, ref.getSize());
      content.executeUpdate();
      byte[] data = bytes.readNBytes(CHUNK);
      for (int number = 0; data.length > 0; number++) {
        chunk.setInt(1, kind.getNumber());
        chunk.setString(2, ref.getSha256());
        chunk.setInt(3, number);
        chunk.setBytes(4, data);
        chunk.executeUpdate();
        data = bytes.readNBytes(CHUNK);
      }
      connection.commit();
    } catch (SQLException e) {
      connection.rollback();
      // Another has just stored the same.
      if (!Database.isDuplicate(e)) {
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      connection.rollback();
      throw e;
    }
  }

  @Override
  public InputStream open(BlobKind kind, String sha256) throws IOException {
    Sha256.require(kind, sha256);
    Long size = size(kind, sha256);
    if (size == null) {
      throw new NoSuchBlobException(kind, sha256);
    }
    return new VerifiedInputStream(new Chunks(kind, sha256, size), sha256);
  }

  @Override
  public boolean contains(BlobKind kind, String sha256) throws IOException {
    return Sha256.is(sha256) && size(kind, sha256) != null;
  }

  private @Nullable Long size(BlobKind kind, String sha256) throws IOException {
    try (Connection connection = database.connection();
        PreparedStatement select =
            connection.prepareStatement(
                "SELECT size FROM blob_content WHERE kind = ? AND sha256 = ?")) {
      select.setInt(1, kind.getNumber());
      select.setString(2, sha256);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? row.getLong(1) : null;
      }
    } catch (SQLException e) {
      throw failed("look up", kind, sha256, e);
    }
  }

  @Override
  public void delete(BlobKind kind, String sha256) throws IOException {
    // Its chunks go with it.
    try (Connection connection = database.connection();
        PreparedStatement delete =
            connection.prepareStatement("DELETE FROM blob_content WHERE kind = ? AND sha256 = ?")) {
      delete.setInt(1, kind.getNumber());
      delete.setString(2, sha256);
      delete.executeUpdate();
    } catch (SQLException e) {
      throw failed("delete", kind, sha256, e);
    }
  }

  private static IOException failed(String doing, BlobKind kind, String sha256, SQLException e) {
    return new IOException(
        "the database could not %s %s %s: %s".formatted(doing, kind, sha256, e.getMessage()), e);
  }

  private final class Chunks extends InputStream {
    private final BlobKind kind;
    private final String sha256;
    private final long size;
    private byte[] chunk = new byte[0];
    private int position;
    private int nextChunk;
    private long read;

    Chunks(BlobKind kind, String sha256, long size) {
      this.kind = kind;
      this.sha256 = sha256;
      this.size = size;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      Objects.checkFromIndexSize(offset, length, buffer.length);
      if (length == 0) {
        return 0;
      }
      if (position == chunk.length) {
        if (read == size) {
          return -1;
        }
        chunk = fetch(nextChunk++);
        position = 0;
      }
      int count = Math.min(length, chunk.length - position);
      System.arraycopy(chunk, position, buffer, offset, count);
      position += count;
      read += count;
      return count;
    }

    private byte[] fetch(int number) throws IOException {
      try (Connection connection = database.connection();
          PreparedStatement select =
              connection.prepareStatement(
                  "SELECT data FROM blob_chunk WHERE kind = ? AND sha256 = ? AND number = ?")) {
        select.setInt(1, kind.getNumber());
        select.setString(2, sha256);
        select.setInt(3, number);
        try (ResultSet row = select.executeQuery()) {
          if (!row.next()) {
            // Deleted while it was read.
            throw new NoSuchBlobException(kind, sha256);
          }
          return row.getBytes(1);
        }
      } catch (SQLException e) {
        throw failed("read", kind, sha256, e);
      }
    }
  }
}
