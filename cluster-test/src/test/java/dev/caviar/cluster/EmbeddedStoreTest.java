package dev.caviar.cluster;

import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One coordinator with the database in its own folder, and two workers. */
@NullUnmarked
@NeedsContainers
class EmbeddedStoreTest {
  private static Cluster cluster;

  @RegisterExtension private final LastLines lastLines = new LastLines(() -> cluster);

  @BeforeAll
  static void start() {
    cluster = Cluster.embedded(2);
  }

  @AfterAll
  static void close() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @Test
  void aKilledCoordinatorGoesOnWhereItWas() {
    DisturbedSweep sweep = DisturbedSweep.submit(cluster).awaitMiddle();
    Node coordinator = cluster.coordinators().getFirst();
    coordinator.kill();
    coordinator.start();
    sweep.awaitEnd().isAsIfUndisturbed();
  }
}
