package dev.caviar.coordinator.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.CurvePoint;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/**
 * All stores on a PostgreSQL server, in the database that CAVIAR_TEST_POSTGRES names, user and
 * password included: {@code jdbc:postgresql://127.0.0.1/caviar?user=caviar&password=...}. The tests
 * leave their rows there.
 */
@EnabledIfEnvironmentVariable(
    named = "CAVIAR_TEST_POSTGRES",
    matches = ".+",
    disabledReason =
        "no PostgreSQL to test with: set CAVIAR_TEST_POSTGRES to"
            + " jdbc:postgresql://HOST/DATABASE?user=USER&password=PASSWORD")
@NullUnmarked
class PostgresqlTest {
  private static final String URL = System.getenv("CAVIAR_TEST_POSTGRES");

  private static Stores stores;

  /** The user is in the URL too, which wins. */
  static Stores connect() {
    return Stores.postgresql(URL, parameter("user"), parameter("password"));
  }

  private static String parameter(String name) {
    for (String part : URL.substring(URL.indexOf('?') + 1).split("&", -1)) {
      if (part.startsWith(name + "=")) {
        return part.substring(name.length() + 1);
      }
    }
    return "";
  }

  @BeforeAll
  static void open() {
    stores = connect();
  }

  @AfterAll
  static void close() {
    stores.close();
  }

  @Nested
  class Journal extends JournalContract {
    @Override
    Stores open() {
      return connect();
    }
  }

  @Nested
  class Curves extends CurveStoreContract {
    @Override
    CurveStore store() {
      return stores.curves();
    }
  }

  @Nested
  class TrialLogs extends TrialLogStoreContract {
    @Override
    TrialLogStore store() {
      return stores.logs();
    }
  }

  @Nested
  class Blobs extends BlobStoreContract {
    @Override
    BlobStore store() {
      return stores.blobs();
    }
  }

  @Test
  void manyCoordinatorsMayStartAtOnce() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
      Future<Stores> one = threads.submit(PostgresqlTest::connect);
      Future<Stores> two = threads.submit(PostgresqlTest::connect);
      one.get().close();
      two.get().close();
    }
  }

  @Test
  void coordinatorsMayTakeTurnsAtStoringPoints() {
    String sweep = "sweep-" + UUID.randomUUID();
    List<CompletableFuture<?>> appends = new ArrayList<>();
    try (Stores other = connect()) {
      for (int epoch = 1; epoch <= 200; epoch++) {
        // Each sends the same, as workers do to the next coordinator.
        for (CurveStore curves : List.of(stores.curves(), other.curves())) {
          appends.add(
              curves
                  .append(
                      sweep,
                      List.of(
                          CurveStoreContract.points(
                              0,
                              CurveStoreContract.point(epoch, epoch),
                              CurveStoreContract.point(epoch + 1, epoch + 1))))
                  .toCompletableFuture());
        }
      }
      appends.forEach(CurveStoreContract::get);
    }

    assertThat(CurveStoreContract.get(stores.curves().read(sweep, 0, 0, 1_000)))
        .extracting(CurvePoint::getEpoch)
        .containsExactlyElementsOf(IntStream.rangeClosed(1, 201).boxed().toList());
  }

  @Test
  void aWrongPasswordIsSaidSo() {
    String withoutUser = URL.replaceFirst("\\?.*", "");

    assertThatThrownBy(() -> Stores.postgresql(withoutUser, "nobody", "wrong"))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("the store at " + withoutUser + " cannot be opened:")
        .hasMessageContaining("nobody");
  }

  @Test
  void allOfAClusterSeeWhatOneHasStored() throws IOException {
    byte[] bytes = "shared".getBytes(UTF_8);
    try (Stores other = connect()) {
      var ref = stores.blobs().put(BlobKind.MODEL, new ByteArrayInputStream(bytes), bytes.length);
      try (InputStream in = other.blobs().open(BlobKind.MODEL, ref.getSha256())) {
        assertThat(in.readAllBytes()).isEqualTo(bytes);
      }
    }
  }
}
