package dev.caviar.worker.data;

import dev.caviar.proto.v1.DataSource;
import java.io.IOException;
import java.lang.ref.SoftReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The data of a worker process: each source loaded, divided and normalised once, and shared by all
 * trials on it. Thread-safe. One for a process.
 *
 * <p>Whoever asks for a source while it is being loaded waits for that load. What failed is
 * forgotten at once, so that the next to ask tries again. A file whose size or modification time
 * has changed is loaded anew.
 *
 * <p>Data that no trial holds is kept by a soft reference: the JVM keeps it as long as there is
 * heap to spare, which bridges the moment between two trials, and drops it before it would run out.
 * A number of entries would be no bound: one data set may be ten thousand times another.
 */
public final class DataCache {
  private final Function<DataSource, DataSplits> loader;
  private final Function<DataSplits, SoftReference<DataSplits>> keep;
  private final Map<Key, CompletableFuture<SoftReference<DataSplits>>> entries =
      new ConcurrentHashMap<>();

  /** An empty cache. */
  public DataCache() {
    this(source -> DataSplits.of(DatasetLoader.load(source), source), SoftReference::new);
  }

  DataCache(
      Function<DataSource, DataSplits> loader,
      Function<DataSplits, SoftReference<DataSplits>> keep) {
    this.loader = loader;
    this.keep = keep;
  }

  /**
   * The data of {@code source}, loaded now if it is not there. Blocks meanwhile, seconds for large
   * data: not for a thread that others wait for.
   *
   * @throws DataException as {@link DatasetLoader#load} and {@link DataSplits#of} do, and if a file
   *     changes while it is read
   */
  public DataSplits get(DataSource source) {
    var key = new Key(source, files(source));
    while (true) {
      var mine = new CompletableFuture<SoftReference<DataSplits>>();
      var others = entries.putIfAbsent(key, mine);
      if (others == null) {
        return load(key, mine);
      }
      DataSplits splits = await(others).get();
      if (splits != null) {
        return splits;
      }
      entries.remove(key, others);
    }
  }

  private DataSplits load(Key key, CompletableFuture<SoftReference<DataSplits>> entry) {
    entries.keySet().removeIf(key::replaces);
    try {
      DataSplits splits = loader.apply(key.source);
      if (!files(key.source).equals(key.files)) {
        throw new DataException(
            "data changed while it was read: "
                + key.files.stream().map(FileIdentity::path).toList());
      }
      entry.complete(keep.apply(splits));
      return splits;
    } catch (Throwable e) {
      entries.remove(key, entry);
      entry.completeExceptionally(e);
      throw e;
    }
  }

  private static SoftReference<DataSplits> await(
      CompletableFuture<SoftReference<DataSplits>> entry) {
    try {
      return entry.join();
    } catch (CompletionException e) {
      // A new exception, as its stack trace is this thread's.
      if (e.getCause() instanceof DataException data) {
        throw new DataException(String.valueOf(data.getMessage()), data);
      }
      throw e;
    }
  }

  private static List<FileIdentity> files(DataSource source) {
    return switch (source.getSourceCase()) {
      case CSV -> List.of(FileIdentity.of(source.getCsv().getPath()));
      case IDX ->
          Stream.of(
                  source.getIdx().getImages(),
                  source.getIdx().getLabels(),
                  source.getIdx().getTestImages(),
                  source.getIdx().getTestLabels())
              .filter(path -> !path.isEmpty())
              .map(FileIdentity::of)
              .toList();
      case BUILTIN, SOURCE_NOT_SET -> List.of();
    };
  }

  private record Key(DataSource source, List<FileIdentity> files) {
    /** Whether {@code older} is the same source as it was before its files changed. */
    boolean replaces(Key older) {
      return source.equals(older.source) && !files.equals(older.files);
    }
  }

  /**
   * What tells a file from what it was before, without reading it.
   *
   * @param bytes −1 if there is no such file
   * @param modified in nanoseconds since 1970, as exactly as the file system keeps it
   * @param fileKey the inode, where there are such; it differs when a file is replaced by another
   */
  private record FileIdentity(String path, long bytes, long modified, @Nullable Object fileKey) {
    static FileIdentity of(String path) {
      try {
        var attributes = Files.readAttributes(Path.of(path), BasicFileAttributes.class);
        return new FileIdentity(
            path,
            attributes.size(),
            attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS),
            attributes.fileKey());
      } catch (IOException | IllegalArgumentException e) {
        // Loading it will say what is wrong, better than this could.
        return new FileIdentity(path, -1, 0, null);
      }
    }
  }
}
