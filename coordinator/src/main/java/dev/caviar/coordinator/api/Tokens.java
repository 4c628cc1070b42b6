package dev.caviar.coordinator.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may do what: a file with a line {@code ROLE TOKEN} for each token, and comments after {@code
 * #}. It is read again when it changes, so that tokens are given and withdrawn without a restart.
 * Thread-safe.
 *
 * <p>What is kept of a token is its SHA-256. A token that is shown is compared with all of them in
 * the same time whether it is known or not.
 */
final class Tokens {
  /** What the bearer of a token may do; each role may also do what those before it may. */
  enum Role {
    /** Read sweeps, curves, models and metrics. */
    VIEWER,
    /** Submit, pause and end sweeps, and send data. */
    OPERATOR;

    boolean covers(Role needed) {
      return compareTo(needed) >= 0;
    }

    /** As the tokens file has it. */
    String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Shorter ones can be guessed. */
  static final int LEAST_LENGTH = 20;

  private static final Logger log = LoggerFactory.getLogger(Tokens.class);
  private static final long LOOK_AGAIN_NANOS = Duration.ofSeconds(1).toNanos();

  private record Token(Role role, byte[] digest) {}

  /** Tells one state of the file from another. */
  private record Stamp(FileTime modified, long size, @Nullable Object file) {
    static Stamp of(Path file) throws IOException {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return new Stamp(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
    }
  }

  private final Path file;
  private volatile List<Token> tokens;
  private volatile long lookedAt;
  private @Nullable Stamp stamp;

  private Tokens(Path file, @Nullable Stamp stamp, List<Token> tokens) {
    this.file = file;
    this.stamp = stamp;
    this.tokens = tokens;
    this.lookedAt = System.nanoTime();
  }

  /**
   * Reads a file of tokens.
   *
   * @throws IllegalArgumentException if it cannot be read, has a line that cannot be understood, or
   *     has no token; the message says which
   */
  static Tokens read(Path file) {
    try {
      Stamp stamp = Stamp.of(file);
      return new Tokens(file, stamp, parse(file));
    } catch (IOException e) {
      throw new IllegalArgumentException("the tokens file " + file + " cannot be read: " + e, e);
    }
  }

  private static List<Token> parse(Path file) throws IOException {
    List<Token> tokens = new ArrayList<>();
    int number = 0;
    for (String line : Files.readAllLines(file, UTF_8)) {
      number++;
      String text = line.replaceFirst("(^|\\s)#.*", "").strip();
      if (!text.isEmpty()) {
        tokens.add(token(text.split("\\s+", -1), file + ", line " + number));
      }
    }
    if (tokens.isEmpty()) {
      throw new IllegalArgumentException(
          "the tokens file "
              + file
              + " has no token; each has a line ROLE TOKEN, the role "
              + roles());
    }
    return List.copyOf(tokens);
  }

  /** The message must not repeat what may be a token. */
  private static Token token(String[] words, String where) {
    if (words.length != 2) {
      throw new IllegalArgumentException(
          where + ": a line is ROLE TOKEN, the role " + roles() + "; this one has not two words");
    }
    Role role =
        Arrays.stream(Role.values())
            .filter(known -> known.text().equals(words[0]))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        where + ": the first word is the role, " + roles()));
    if (words[1].length() < LEAST_LENGTH) {
      throw new IllegalArgumentException(
          where
              + ": a token has at least "
              + LEAST_LENGTH
              + " characters, so that none is guessed");
    }
    return new Token(role, sha256(words[1]));
  }

  private static String roles() {
    return Arrays.stream(Role.values()).map(Role::text).collect(Collectors.joining(" or "));
  }

  /** The role of a token's bearer; null if it is not known. */
  @Nullable Role role(String token) {
    lookAgain();
    byte[] digest = sha256(token);
    Role role = null;
    for (Token known : tokens) {
      if (MessageDigest.isEqual(known.digest(), digest)
          && (role == null || known.role().covers(role))) {
        role = known.role();
      }
    }
    return role;
  }

  /** A file that has become wrong changes nothing: who was let in is, until it is right again. */
  private void lookAgain() {
    if (System.nanoTime() - lookedAt < LOOK_AGAIN_NANOS) {
      return;
    }
    synchronized (this) {
      lookedAt = System.nanoTime();
      try {
        Stamp present = Stamp.of(file);
        if (present.equals(stamp)) {
          return;
        }
        stamp = present;
        tokens = parse(file);
        log.info("{} tokens, read again from {}", tokens.size(), file);
      } catch (IOException | IllegalArgumentException e) {
        log.error(
            "The tokens that were known stay: {} cannot be read again: {}", file, e.toString());
      }
    }
  }

  private static byte[] sha256(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("each Java has SHA-256", e);
    }
  }
}
