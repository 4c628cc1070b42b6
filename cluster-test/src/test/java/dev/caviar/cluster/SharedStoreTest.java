package dev.caviar.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Three coordinators, two workers and PostgreSQL. The tests share them, because a cluster's start
 * takes long; each leaves them all running.
 */
@NullUnmarked
@NeedsContainers
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SharedStoreTest {
  private static Cluster cluster;

  @RegisterExtension private final LastLines lastLines = new LastLines(() -> cluster);

  @BeforeAll
  static void start() {
    cluster = Cluster.onPostgres(3, 2);
  }

  @AfterAll
  static void close() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @Test
  @Order(1)
  void runsASweepHandedInByTheCommandLine() {
    DisturbedSweep sweep = DisturbedSweep.submit(cluster);
    sweep.awaitEnd().isAsIfUndisturbed();
    assertThat(cluster.caviar("list").getStdout()).contains(sweep.id());
    assertThat(cluster.caviar("best", sweep.id(), "--output", "json").getStdout())
        .contains("learning_rate");
  }

  @Test
  @Order(2)
  void aKilledWorkersTrialsGoOnElsewhere() {
    DisturbedSweep sweep = DisturbedSweep.submit(cluster).awaitMiddle();
    Node worker = worker(sweep.busyWorkers().getFirst());
    worker.kill();
    sweep.awaitEnd().wasRetried().isAsIfUndisturbed();
    worker.start();
    cluster.awaitWorkers(2);
  }

  @Test
  @Order(3)
  void aWorkerThatWasCutOffComesBack() {
    DisturbedSweep sweep = DisturbedSweep.submit(cluster).awaitMiddle();
    Node worker = worker(sweep.busyWorkers().getFirst());
    worker.cutOff();
    Waiting.until(
        "its trial has been given to another",
        Duration.ofMinutes(3),
        () ->
            cluster.trials(sweep.id(), "RUNNING").stream()
                    .anyMatch(trial -> trial.path("attempt").asInt() > 1)
                || cluster.trials(sweep.id(), "COMPLETED").stream()
                    .anyMatch(trial -> trial.path("attempt").asInt() > 1));
    worker.reconnect();
    sweep.awaitEnd().wasRetried().isAsIfUndisturbed();
    cluster.awaitWorkers(2);
  }

  @Test
  @Order(4)
  void aRestartOfPostgresIsWaitedFor() {
    DisturbedSweep sweep = DisturbedSweep.submit(cluster).awaitMiddle();
    cluster.database().kill();
    cluster.database().start();
    sweep.awaitEnd().isAsIfUndisturbed();
  }

  @Test
  @Order(5)
  void anotherCoordinatorTakesOver() {
    DisturbedSweep sweep = DisturbedSweep.submit(cluster).awaitMiddle();
    Node killed = cluster.active();
    killed.kill();
    sweep.awaitEnd().isAsIfUndisturbed();
    assertThat(cluster.active()).isNotSameAs(killed);
    killed.start();
    cluster.awaitWorkers(2);
  }

  @Test
  @Order(6)
  void aClusterThatWasStoppedGoesOn() {
    DisturbedSweep sweep = DisturbedSweep.submit(cluster).awaitMiddle();
    cluster.stopAll();
    cluster.startAll();
    sweep.awaitEnd().isAsIfUndisturbed();
  }

  @Test
  @Order(7)
  void aPandaIsBabysatWhateverDies() {
    BabysatPanda panda = BabysatPanda.start(cluster).train(5);
    panda.command("set", "learning_rate=0.02", "--why", "smaller steps");
    panda.command("set", "batch_size=48", "l2=1e-4");
    panda.train(3).command("checkpoint", "--name", "before-lunch");
    panda.command("recalibrate");

    Node worker = worker(panda.worker());
    worker.kill();
    panda.command("set", "beta1=0.8", "--why", "while nobody has it");
    panda.awaitOtherWorker(worker.name());
    worker.start();
    panda.train(3).command("rollback", "--to", "best", "--why", "back");
    panda.train(3).command("set", "dropout=0.2");

    Node killed = cluster.active();
    killed.kill();
    Waiting.until(
        "another coordinator takes over", Duration.ofMinutes(3), () -> cluster.active() != killed);
    panda.train(3).command("set", "dropout=0", "l2=1e-3");
    killed.start();
    panda.command("rollback", "--to", "before-lunch", "--why", "once more");
    panda.train(3).command("set", "learning_rate=0.005", "batch_size=16");
    panda.train(2).command("pause");
    panda.command("resume");
    panda.train(1);
    panda.endsAsItsLedgerSays();
    cluster.awaitWorkers(2);
  }

  /** Or else, on the two sides of a broken network, two coordinators would act on one store. */
  @Test
  @Order(8)
  void aCoordinatorAloneOfThreeStandsBy() throws InterruptedException {
    cluster.coordinators().forEach(Node::kill);
    // Of the seeds the first is the one that may begin a cluster.
    Node first = cluster.coordinators().getFirst();
    first.start();
    Waiting.until(
        first.name() + " answers", Duration.ofMinutes(3), () -> cluster.role(first).isPresent());
    // It looks for the others for 5 s before it begins one.
    for (int second = 0; second < 12; second++) {
      assertThat(cluster.role(first)).isNotEqualTo(Optional.of("active"));
      Thread.sleep(1000);
    }
    cluster.coordinators().stream().skip(1).forEach(Node::start);
    cluster.active();
    cluster.awaitWorkers(2);
  }

  private static Node worker(String name) {
    return cluster.workers().stream()
        .filter(worker -> worker.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("a trial runs on " + name + ", which is no worker"));
  }
}
