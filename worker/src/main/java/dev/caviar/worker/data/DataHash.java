package dev.caviar.worker.data;

import dev.caviar.worker.backend.Examples;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * SHA-256 of examples as they were loaded: whichever kind of file they came from, the same numbers
 * in the same order have the same hash.
 */
final class DataHash {
  private static final int CHUNK_FLOATS = 1 << 14;

  private DataHash() {}

  /**
   * Of, in this order, for {@code examples} and then for {@code test}, if there is one: count,
   * width and target width as 32-bit integers, the features and the targets as 32-bit floats, all
   * little-endian.
   *
   * @return 64 hexadecimal digits, in lower case
   */
  static String sha256(Examples examples, @Nullable Examples test) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
    update(digest, examples);
    if (test != null) {
      update(digest, test);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void update(MessageDigest digest, Examples examples) {
    ByteBuffer sizes = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    sizes.putInt(examples.count()).putInt(examples.width()).putInt(examples.targetWidth());
    digest.update(sizes.flip());
    update(digest, examples.features());
    update(digest, examples.targets());
  }

  private static void update(MessageDigest digest, float[] values) {
    ByteBuffer chunk =
        ByteBuffer.allocate(Float.BYTES * CHUNK_FLOATS).order(ByteOrder.LITTLE_ENDIAN);
    for (int from = 0; from < values.length; from += CHUNK_FLOATS) {
      int length = Math.min(CHUNK_FLOATS, values.length - from);
      chunk.asFloatBuffer().put(values, from, length);
      digest.update(chunk.array(), 0, Float.BYTES * length);
    }
  }
}
