package dev.caviar.coordinator.store;

import dev.caviar.coordinator.store.BlobStore.NoSuchBlobException;
import dev.caviar.proto.v1.BlobKind;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** Blobs' names: SHA-256 in lower-case hexadecimal. */
final class Sha256 {
  private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

  private Sha256() {}

  /** Hashes come from outside and become names of files: nothing else may. */
  static void require(BlobKind kind, String sha256) throws NoSuchBlobException {
    if (!HASH.matcher(sha256).matches()) {
      throw new NoSuchBlobException(kind, sha256);
    }
  }

  static boolean is(String sha256) {
    return HASH.matcher(sha256).matches();
  }

  static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  /** The hash of all that the digest has seen; it starts anew. */
  static String of(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }
}
