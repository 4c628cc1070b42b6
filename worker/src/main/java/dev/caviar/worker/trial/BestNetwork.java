package dev.caviar.worker.trial;

import dev.caviar.proto.v1.Checkpoint;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.KeepBest;
import dev.caviar.proto.v1.TrialCheckpoint;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The best network so far by one metric: which point is better, and the checkpoint that waits to be
 * sent. Of those that come while one waits, the best is sent alone.
 */
final class BestNetwork {
  /** A checkpoint, and what is said of it once it is stored. */
  record Found(TrialCheckpoint message, Checkpoint checkpoint) {}

  private final ToDoubleFunction<CurvePoint> metric;
  private final boolean minimize;
  private @Nullable Double best;
  private @Nullable Found waiting;

  /**
   * @throws IllegalArgumentException if there is no such metric
   */
  BestNetwork(KeepBest keep) {
    metric =
        switch (keep.getMetric()) {
          case "dev_error" -> CurvePoint::getDevError;
          case "dev_loss" -> CurvePoint::getDevLoss;
          case "train_loss" -> CurvePoint::getTrainLoss;
          default ->
              throw new IllegalArgumentException(
                  "no metric is named \"%s\"; there are dev_error, dev_loss and train_loss"
                      .formatted(keep.getMetric()));
        };
    minimize = keep.getMinimize();
    best = keep.hasBest() ? keep.getBest() : null;
  }

  /** Whether the epoch's network is better than all before, and so is to be {@link #found}. */
  boolean isBetter(CurvePoint point) {
    double value = metric.applyAsDouble(point);
    if (best != null && !(minimize ? value < best : value > best)) {
      return false;
    }
    best = value;
    return true;
  }

  /** It waits from now on, in place of one that was the best before. */
  void found(Found found) {
    waiting = found;
  }

  /** Could not be sent, and waits again, unless a better one does. */
  void failed(Found found) {
    if (waiting == null) {
      waiting = found;
    }
  }

  /** The one that waits, if any; it does so no more. */
  @Nullable Found take() {
    Found taken = waiting;
    waiting = null;
    return taken;
  }
}
