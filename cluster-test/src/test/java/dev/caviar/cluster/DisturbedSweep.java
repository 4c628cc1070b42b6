package dev.caviar.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.testcontainers.containers.Container.ExecResult;

/**
 * One sweep on a {@link Cluster}, watched from its first moment, and what must be true of its end.
 */
final class DisturbedSweep {
  private final Cluster cluster;
  private final String id;
  private final CompletableFuture<ExecResult> watcher;

  private DisturbedSweep(Cluster cluster, String id) {
    this.cluster = cluster;
    this.id = id;
    watcher = cluster.watch(id);
  }

  static DisturbedSweep submit(Cluster cluster) {
    return new DisturbedSweep(cluster, cluster.submit());
  }

  String id() {
    return id;
  }

  /** Waits until a trial is completed and others are in training. */
  DisturbedSweep awaitMiddle() {
    cluster.awaitMiddle(id, 1);
    return this;
  }

  /** The workers that train one of its trials now. */
  List<String> busyWorkers() {
    return cluster.trials(id, "RUNNING").stream()
        .map(trial -> trial.path("worker_id").asText())
        .toList();
  }

  /** Waits for its end, which the command that watches it must see too. */
  DisturbedSweep awaitEnd() {
    try {
      ExecResult seen = watcher.get(300, TimeUnit.SECONDS);
      assertThat(seen.getExitCode())
          .as(
              "exit code of caviar watch, which printed%n%s%n%s",
              seen.getStdout(), seen.getStderr())
          .isZero();
    } catch (TimeoutException e) {
      throw new AssertionError(
          "the sweep has not ended for 5 minutes:\n" + cluster.get("/v1/sweeps/" + id), e);
    } catch (ExecutionException e) {
      throw new AssertionError("caviar watch could not be run", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    return this;
  }

  /**
   * Every trial is there once and completed, every curve has each epoch once, and trials, curves
   * and the best are to the bit those of a run that nothing happened to.
   */
  DisturbedSweep isAsIfUndisturbed() {
    Outcome outcome = cluster.export(id);
    Outcome undisturbed = Undisturbed.outcome();
    outcome
        .trials()
        .forEach((trial, rows) -> assertThat(rows).as("rows of trial %d", trial).hasSize(1));
    assertThat(outcome.trials()).isEqualTo(undisturbed.trials());
    outcome
        .curves()
        .keySet()
        .forEach(
            trial ->
                assertThat(outcome.epochs(trial))
                    .as("epochs of trial %d", trial)
                    .isEqualTo(undisturbed.epochs(trial)));
    assertThat(outcome.curves()).isEqualTo(undisturbed.curves());
    assertThat(outcome.best()).isEqualTo(undisturbed.best());
    toldOnce(undisturbed);
    return this;
  }

  /**
   * The command line would hide a point that it was told twice, so the coordinator itself is asked.
   */
  private void toldOnce(Outcome undisturbed) {
    Map<Integer, List<Integer>> told = new TreeMap<>();
    for (JsonNode update : cluster.updates(id)) {
      JsonNode points = update.path("points");
      for (JsonNode point : points.path("points")) {
        told.computeIfAbsent(points.path("trial").asInt(), trial -> new ArrayList<>())
            .add(point.path("epoch").asInt());
      }
    }
    undisturbed
        .trials()
        .keySet()
        .forEach(
            trial ->
                assertThat(told.get(trial))
                    .as("epochs that the coordinator tells of trial %d", trial)
                    .isEqualTo(
                        IntStream.rangeClosed(1, undisturbed.epochs(trial).size())
                            .boxed()
                            .toList()));
  }

  /** Shows that the disturbance struck: at least one trial had to be given out again. */
  DisturbedSweep wasRetried() {
    assertThat(cluster.trials(id, "COMPLETED"))
        .as("trials given out more than once")
        .anyMatch(trial -> trial.path("attempt").asInt() > 1);
    return this;
  }
}
