package dev.caviar.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caviar.proto.v1.CurvePoint;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In an embedded database; {@link PostgresqlTest} has the other. */
@NullUnmarked
class DatabaseCurveStoreTest extends CurveStoreContract {
  @TempDir Path folder;
  private Database database;
  private DatabaseCurveStore store;

  @BeforeEach
  void open() {
    database = Database.embedded(folder);
    store = new DatabaseCurveStore(database);
  }

  @AfterEach
  void close() {
    store.close();
    database.close();
  }

  @Override
  CurveStore store() {
    return store;
  }

  @Test
  void remembersWhichEpochsAreStoredAfterARestart() {
    get(store.append("s", List.of(points(0, point(1, 0.1), point(2, 0.2)))));
    close();
    open();

    get(store.append("s", List.of(points(0, point(2, 2), point(3, 3)))));

    assertThat(get(store.read("s", 0, 1, 9)))
        .containsExactly(point(1, 0.1), point(2, 0.2), point(3, 3));
  }

  @Test
  void takesTurnsWithAnother() {
    try (DatabaseCurveStore other = new DatabaseCurveStore(database)) {
      get(store.append("s", List.of(points(0, point(1, 1), point(2, 2)))));
      get(other.append("s", List.of(points(0, point(2, 22), point(3, 3), point(4, 4)))));

      get(store.append("s", List.of(points(0, point(4, 44), point(5, 5)))));

      assertThat(get(other.read("s", 0, 1, 9)))
          .containsExactly(point(1, 1), point(2, 2), point(3, 3), point(4, 4), point(5, 5));
    }
  }

  @Test
  void storesWhatWaitsBeforeItCloses() {
    List<CompletableFuture<?>> appends = new ArrayList<>();
    for (int epoch = 1; epoch <= 3_000; epoch++) {
      appends.add(store.append("s", List.of(points(0, point(epoch, epoch)))).toCompletableFuture());
    }
    store.close();

    assertThat(appends).allMatch(CompletableFuture::isDone);
    open();
    assertThat(get(store.read("s", 0, 1, 3_000))).hasSize(3_000);
  }

  @Test
  void takesMoreThanMayWaitInOneOrManyAppends() {
    CurvePoint[] many = new CurvePoint[DatabaseCurveStore.MOST_WAITING + 1];
    for (int i = 0; i < many.length; i++) {
      many[i] = point(i + 1, 0.5);
    }

    CompletableFuture<?> first = store.append("s", List.of(points(0, many))).toCompletableFuture();
    CompletableFuture<?> second = store.append("s", List.of(points(1, many))).toCompletableFuture();

    get(first);
    get(second);
    assertThat(get(store.read("s", 1, many.length, many.length)))
        .containsExactly(many[many.length - 1]);
  }

  @Test
  void anAppendThatTheDatabaseRefusesFailsAndMayBeRepeated() throws Exception {
    get(store.append("s", List.of(points(0, point(1, 0.1)))));
    sql("ALTER TABLE curve RENAME TO elsewhere");

    assertThatThrownBy(
            () -> store.append("s", List.of(points(0, point(2, 0.2)))).toCompletableFuture().join())
        .isInstanceOf(CompletionException.class)
        .hasMessageContaining("CURVE");

    sql("ALTER TABLE elsewhere RENAME TO curve");
    get(store.append("s", List.of(points(0, point(2, 0.2)))));
    assertThat(get(store.read("s", 0, 1, 9))).containsExactly(point(1, 0.1), point(2, 0.2));
  }

  @Test
  void takesNothingOnceClosed() {
    store.close();

    assertThatThrownBy(() -> store.append("s", List.of()).toCompletableFuture().join())
        .hasMessageContaining("the store is closed");
  }

  private void sql(String statement) throws Exception {
    try (Connection connection = database.connection();
        Statement sql = connection.createStatement()) {
      sql.execute(statement);
    }
  }
}
