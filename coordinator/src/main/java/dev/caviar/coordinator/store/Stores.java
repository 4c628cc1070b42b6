package dev.caviar.coordinator.store;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * All that outlives a coordinator, opened. Its ActorSystem is started with {@link #persistence}
 * laid over its configuration, and must have ended before this is closed.
 *
 * @param database null where everything is in memory
 * @param persistence which journal and snapshot store an ActorSystem is to use
 */
public record Stores(
    @Nullable Database database,
    CurveStore curves,
    TrialLogStore logs,
    BlobStore blobs,
    Config persistence)
    implements AutoCloseable {

  /** Nothing outlives the process. */
  public static Stores memory() {
    return new Stores(
        null,
        new MemoryCurveStore(),
        new MemoryTrialLogStore(),
        new MemoryBlobStore(),
        ConfigFactory.parseResources(Stores.class, "memory-persistence.conf"));
  }

  /**
   * In a folder of this machine, for one coordinator: a database file and a folder {@code blobs}.
   *
   * @throws StoreException if it is in use by another coordinator, or cannot be opened
   */
  public static Stores embedded(Path folder) {
    return of(Database.embedded(folder), database -> new FolderBlobStore(folder.resolve("blobs")));
  }

  /**
   * All in a PostgreSQL database, for coordinators that take each other's place.
   *
   * @param url such as {@code jdbc:postgresql://host:5432/caviar}
   * @throws StoreException if it cannot be reached or opened
   */
  public static Stores postgresql(String url, String user, String password) {
    return of(Database.postgresql(url, user, password), DatabaseBlobStore::new);
  }

  private interface Blobs {
    BlobStore in(Database database);
  }

  private static Stores of(Database database, Blobs blobs) {
    try {
      return new Stores(
          database,
          new DatabaseCurveStore(database),
          new DatabaseTrialLogStore(database),
          blobs.in(database),
          database.persistence());
    } catch (RuntimeException e) {
      database.close();
      throw e;
    }
  }

  /** Stores what still waits to be, and gives everything back. */
  @Override
  public void close() {
    if (curves instanceof DatabaseCurveStore waiting) {
      waiting.close();
    }
    if (logs instanceof DatabaseTrialLogStore waiting) {
      waiting.close();
    }
    if (database != null) {
      database.close();
    }
  }
}
