package dev.caviar.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caviar.proto.v1.TrialLogLine;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In an embedded database; {@link PostgresqlTest} has the other. */
@NullUnmarked
class DatabaseTrialLogStoreTest extends TrialLogStoreContract {
  @TempDir Path folder;
  private Database database;
  private DatabaseTrialLogStore store;

  @BeforeEach
  void open() {
    database = Database.embedded(folder);
    store = new DatabaseTrialLogStore(database);
  }

  @AfterEach
  void close() {
    store.close();
    database.close();
  }

  @Override
  TrialLogStore store() {
    return store;
  }

  private List<TrialLogLine> read(int trial) {
    return CurveStoreContract.get(store.read("s", trial));
  }

  @Test
  void storesWhatWaitsBeforeItCloses() {
    for (int trial = 0; trial < 500; trial++) {
      store.append("s", trial, List.of(line(1, 1, "begins"), line(1, 2, "ends")));
    }
    close();
    open();

    assertThat(read(0)).hasSize(2);
    assertThat(read(499)).hasSize(2);
  }

  @Test
  void losesLinesRatherThanToWait() throws Exception {
    List<TrialLogLine> many = new ArrayList<>();
    for (int number = 1; number <= DatabaseTrialLogStore.MOST_WAITING / 2; number++) {
      many.add(line(1, number, "line"));
    }
    // With all connections taken its writer waits for one, and whoever appends must not.
    try (Connection one = database.connection();
        Connection two = database.connection();
        Connection three = database.connection();
        Connection four = database.connection()) {
      assertThat(List.of(one, two, three, four)).hasSize(4);
      for (int trial = 1; trial <= 10; trial++) {
        store.append("s", trial, many);
      }
    }

    assertThat(read(1)).hasSize(TrialLogStore.MOST_LINES);
    assertThat(read(10)).isEmpty();
    store.append("s", 10, List.of(line(1, 1, "there is room again")));
    assertThat(read(10)).hasSize(1);
  }

  @Test
  void goesOnAfterTheDatabaseRefused() throws Exception {
    store.append("s", 0, List.of(line(1, 1, "one")));
    assertThat(read(0)).hasSize(1);
    sql("ALTER TABLE trial_log RENAME TO elsewhere");
    store.append("s", 0, List.of(line(1, 2, "two, which is lost")));
    assertThatThrownBy(() -> read(0)).hasMessageContaining("TRIAL_LOG");

    sql("ALTER TABLE elsewhere RENAME TO trial_log");
    store.append("s", 0, List.of(line(1, 3, "three")));
    assertThat(read(0)).extracting(TrialLogLine::getNumber).containsExactly(1, 3);
  }

  @Test
  void takesNothingOnceClosed() {
    store.close();
    store.append("s", 0, List.of(line(1, 1, "too late")));

    assertThatThrownBy(() -> read(0)).hasMessageContaining("the store is closed");
  }

  private void sql(String statement) throws Exception {
    try (Connection connection = database.connection();
        Statement sql = connection.createStatement()) {
      sql.execute(statement);
    }
  }
}
