package dev.caviar.worker.data;

import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.DataSource;
import dev.caviar.worker.BlobTransfer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * Files of data sets that were pushed to the coordinator and are named by their hash, {@code
 * sha256:9f86d0...}, where a path would stand. Each is fetched once, checked, and kept in a folder.
 * Thread-safe; workers on one machine may share the folder.
 */
public final class PushedData {
  private static final Pattern NAME = Pattern.compile("sha256:([0-9a-f]{64})");

  private final Path folder;
  private final BlobTransfer blobs;

  /**
   * @param folder is made when the first file comes
   */
  public PushedData(Path folder, BlobTransfer blobs) {
    this.folder = folder;
    this.blobs = blobs;
  }

  /** Where they are kept if nothing else is said: in the user's cache folder. */
  public static Path defaultFolder() {
    String cache = System.getenv("XDG_CACHE_HOME");
    Path base =
        cache == null || cache.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(cache);
    return base.resolve("caviar").resolve("data");
  }

  /**
   * The source with each such name replaced by the path of the file, fetched now if it is not
   * there. Blocks meanwhile.
   *
   * @throws DataException if what came is not what the hash says
   * @throws UncheckedIOException if the coordinator has no such file or cannot be reached
   */
  public DataSource local(DataSource source) {
    return switch (source.getSourceCase()) {
      case CSV -> {
        DataSource.Builder local = source.toBuilder();
        local.getCsvBuilder().setPath(path(source.getCsv().getPath()));
        yield local.build();
      }
      case IDX -> {
        DataSource.Builder local = source.toBuilder();
        UnaryOperator<String> path = this::path;
        local
            .getIdxBuilder()
            .setImages(path.apply(source.getIdx().getImages()))
            .setLabels(path.apply(source.getIdx().getLabels()))
            .setTestImages(path.apply(source.getIdx().getTestImages()))
            .setTestLabels(path.apply(source.getIdx().getTestLabels()));
        yield local.build();
      }
      case BUILTIN, SOURCE_NOT_SET -> source;
    };
  }

  private String path(String name) {
    var matcher = NAME.matcher(name);
    if (!matcher.matches()) {
      return name;
    }
    String sha256 = matcher.group(1);
    Path file = folder.resolve(sha256);
    try {
      if (!Files.exists(file)) {
        fetch(sha256, file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "data " + name + " could not be fetched: " + e.getMessage(), e);
    }
    return file.toString();
  }

  /** Under another name until it is whole, so that nobody ever sees a part of it. */
  private void fetch(String sha256, Path file) throws IOException {
    Files.createDirectories(folder);
    Path part = Files.createTempFile(folder, sha256, ".part");
    try {
      MessageDigest digest = sha256();
      try (OutputStream out = new DigestOutputStream(Files.newOutputStream(part), digest)) {
        blobs.get(BlobKind.DATA, sha256, out);
      }
      String found = HexFormat.of().formatHex(digest.digest());
      if (!found.equals(sha256)) {
        throw new DataException("data sha256:" + sha256 + " came with the hash " + found);
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has it
    }
  }
}
