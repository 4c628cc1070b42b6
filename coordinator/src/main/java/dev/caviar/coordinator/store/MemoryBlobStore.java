package dev.caviar.coordinator.store;

import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.BlobRef;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Blobs that end with their process. */
public final class MemoryBlobStore implements BlobStore {
  private record Key(BlobKind kind, String sha256) {}

  private final Map<Key, byte[]> blobs = new ConcurrentHashMap<>();

  @Override
  public BlobRef put(BlobKind kind, InputStream bytes, long most) throws IOException {
    // One more than may be, to see whether there is more.
    int limit = (int) Math.min(most, Integer.MAX_VALUE - 16);
    byte[] all = bytes.readNBytes(limit + 1);
    if (all.length > limit) {
      throw new BlobTooLargeException(kind, limit);
    }
    MessageDigest digest = Sha256.digest();
    digest.update(all);
    String sha256 = Sha256.of(digest);
    blobs.putIfAbsent(new Key(kind, sha256), all);
    return BlobRef.newBuilder().setSha256(sha256).setSize(all.length).build();
  }

  @Override
  public InputStream open(BlobKind kind, String sha256) throws IOException {
    byte[] all = blobs.get(new Key(kind, sha256));
    if (all == null) {
      throw new NoSuchBlobException(kind, sha256);
    }
    return new ByteArrayInputStream(all);
  }

  @Override
  public boolean contains(BlobKind kind, String sha256) {
    return blobs.containsKey(new Key(kind, sha256));
  }

  @Override
  public void delete(BlobKind kind, String sha256) {
    blobs.remove(new Key(kind, sha256));
  }
}
