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
    Node worker = cluster.worker(sweep.busyWorkers().getFirst());
    worker.kill();
    sweep.awaitEnd().wasRetried().isAsIfUndisturbed();
    worker.start();
    cluster.awaitWorkers(2);
  }

  @Test
  @Order(3)
  void aWorkerThatWasCutOffComesBack() {
    DisturbedSweep sweep = DisturbedSweep.submit(cluster).awaitMiddle();
    Node worker = cluster.worker(sweep.busyWorkers().getFirst());
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

  /** Or else, on the two sides of a broken network, two coordinators would act on one store. */
  @Test
  @Order(7)
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
}
