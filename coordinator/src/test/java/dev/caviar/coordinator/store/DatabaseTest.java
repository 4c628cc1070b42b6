package dev.caviar.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NullUnmarked
class DatabaseTest {
  @TempDir Path folder;

  @Test
  void makesItsFolderAndFile() {
    Path deep = folder.resolve("with spaces, ümlaut/store");

    try (Database database = Database.embedded(deep)) {
      assertThat(database.dialect()).isEqualTo(Database.Dialect.H2);
    }

    assertThat(deep.resolve("caviar.mv.db")).exists();
  }

  @Test
  void refusesTablesOfANewerCaviar() throws Exception {
    try (Database database = Database.embedded(folder);
        Connection connection = database.connection();
        Statement sql = connection.createStatement()) {
      sql.execute(
          "INSERT INTO \"flyway_schema_history\" VALUES"
              + " (99, '99', 'of the future', 'SQL', 'V99__of_the_future.sql', 1, 'caviar',"
              + " CURRENT_TIMESTAMP, 1, TRUE)");
    }

    assertThatThrownBy(() -> Database.embedded(folder))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(
            "the store in "
                + folder
                + " has tables of another Caviar than this, most likely a newer one;"
                + " start that one");
  }

  @Test
  void saysWhichFileIsNoDatabase() throws IOException {
    Files.writeString(folder.resolve("caviar.mv.db"), "not a database".repeat(1_000));

    assertThatThrownBy(() -> Database.embedded(folder))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("the store in " + folder + " cannot be opened: ");
  }

  @Test
  void saysWhichFolderCannotBeMade() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");

    assertThatThrownBy(() -> Database.embedded(file.resolve("store")))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(file.resolve("store") + " cannot be made");
  }

  @Test
  void refusesAPathThatH2WouldReadOtherwise() {
    assertThatThrownBy(() -> Database.embedded(folder.resolve("a;INIT=b")))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("has a ';' in its path");
  }

  @Test
  void saysHowAServerIsNamed() {
    assertThatThrownBy(() -> Database.postgresql("localhost:5432", "caviar", ""))
        .isInstanceOf(StoreException.class)
        .hasMessage(
            "'localhost:5432' is no PostgreSQL database; one is named"
                + " jdbc:postgresql://HOST:PORT/NAME");
  }
}
