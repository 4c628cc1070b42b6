package dev.caviar.coordinator.store;

import java.nio.file.Path;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** In an embedded database; {@link PostgresqlTest} has the other. */
@NullUnmarked
class DatabaseBlobStoreTest extends BlobStoreContract {
  @TempDir static Path folder;
  private static Database database;
  private static BlobStore store;

  @BeforeAll
  static void open() {
    database = Database.embedded(folder);
    store = new DatabaseBlobStore(database);
  }

  @AfterAll
  static void close() {
    database.close();
  }

  @Override
  BlobStore store() {
    return store;
  }
}
