package dev.caviar.coordinator.store;

import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.BlobRef;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Blobs for as long as the process lives: for a sweep that runs in it. */
public final class MemoryBlobStore implements BlobStore {
  private record Key(BlobKind kind, String sha256) {}

  private final Map<Key, byte[]> blobs = new ConcurrentHashMap<>();

  @Override
  public BlobRef put(BlobKind kind, InputStream bytes, long most) throws IOException {
    int limit = (int) Math.min(most, Integer.MAX_VALUE - 16);
    byte[] content = bytes.readNBytes(limit);
    if (bytes.read() >= 0) {
      throw new BlobTooLargeException(kind, most);
    }
    String sha256 = sha256(content);
    blobs.put(new Key(kind, sha256), content);
    return BlobRef.newBuilder().setSha256(sha256).setSize(content.length).build();
  }

  @Override
  public InputStream open(BlobKind kind, String sha256) throws IOException {
    byte[] content = blobs.get(new Key(kind, sha256));
    if (content == null) {
      throw new NoSuchBlobException(kind, sha256);
    }
    return new ByteArrayInputStream(content);
  }

  @Override
  public boolean contains(BlobKind kind, String sha256) {
    return blobs.containsKey(new Key(kind, sha256));
  }

  @Override
  public void delete(BlobKind kind, String sha256) {
    blobs.remove(new Key(kind, sha256));
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has it
    }
  }
}
