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

  @Test
  void aPandaIsBabysatWhateverDies() {
    BabysatPanda panda = BabysatPanda.start(cluster).train(5);
    panda.command("set", "learning_rate=0.02", "--why", "smaller steps");
    panda.command("set", "batch_size=48", "l2=1e-4");
    panda.train(3).command("checkpoint", "--name", "before-lunch");
    panda.command("recalibrate");

    Node worker = cluster.worker(panda.worker());
    worker.kill();
    panda.command("set", "beta1=0.8", "--why", "while nobody has it");
    panda.awaitOtherWorker(worker.name());
    worker.start();
    panda.train(3).command("rollback", "--to", "best", "--why", "back");
    panda.train(3).command("set", "dropout=0.2");

    Node coordinator = cluster.coordinators().getFirst();
    coordinator.kill();
    coordinator.start();
    cluster.active();
    panda.train(3).command("set", "dropout=0", "l2=1e-3");
    panda.command("rollback", "--to", "before-lunch", "--why", "once more");
    panda.train(3).command("set", "learning_rate=0.005", "batch_size=16");
    panda.train(2).endsAsItsLedgerSays();
    cluster.awaitWorkers(2);
  }
}
