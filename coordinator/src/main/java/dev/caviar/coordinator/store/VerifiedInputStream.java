package dev.caviar.coordinator.store;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/** A blob's bytes, which fail at their end if they are not those of its hash any more. */
final class VerifiedInputStream extends FilterInputStream {
  private final String sha256;
  private final MessageDigest digest = Sha256.digest();
  private boolean ended;

  VerifiedInputStream(InputStream bytes, String sha256) {
    super(bytes);
    this.sha256 = sha256;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int count = super.read(buffer, offset, length);
    if (count > 0) {
      digest.update(buffer, offset, count);
    } else if (count < 0 && !ended) {
      String found = Sha256.of(digest);
      if (!found.equals(sha256)) {
        throw new IOException(
            "the stored bytes " + sha256 + " are damaged: their hash is now " + found);
      }
      ended = true;
    }
    return count;
  }

  @Override
  public long skip(long count) throws IOException {
    // What is skipped belongs to the hash too.
    return readNBytes((int) Math.min(count, 1 << 20)).length;
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
