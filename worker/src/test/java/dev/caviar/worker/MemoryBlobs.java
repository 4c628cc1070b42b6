package dev.caviar.worker;

import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.Checkpoint;
import dev.caviar.proto.v1.Model;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A coordinator's blobs, near at hand. */
public final class MemoryBlobs implements BlobTransfer {
  private final Map<String, byte[]> blobs = new ConcurrentHashMap<>();

  private volatile boolean refusing;

  /** Whether nothing more can be put. */
  public void refuse(boolean all) {
    refusing = all;
  }

  @Override
  public BlobRef put(BlobKind kind, InputStream bytes) throws IOException {
    if (refusing) {
      throw new IOException("refused for a test");
    }
    byte[] content = bytes.readAllBytes();
    try {
      String sha256 =
          HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
      blobs.put(kind + sha256, content);
      return BlobRef.newBuilder().setSha256(sha256).setSize(content.length).build();
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void get(BlobKind kind, String sha256, OutputStream to) throws IOException {
    byte[] content = blobs.get(kind + sha256);
    if (content == null) {
      throw new NoSuchBlobException("no such blob", new IOException("not put"));
    }
    to.write(content);
  }

  public Checkpoint checkpoint(BlobRef stored) {
    try {
      return Checkpoint.parseFrom(blobs.get(BlobKind.CHECKPOINT + stored.getSha256()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Model model(BlobRef stored) {
    try {
      return Model.parseFrom(blobs.get(BlobKind.MODEL + stored.getSha256()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
