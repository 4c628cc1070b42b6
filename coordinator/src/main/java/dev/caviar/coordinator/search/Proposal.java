package dev.caviar.coordinator.search;

import dev.caviar.coordinator.space.Point;
import org.jspecify.annotations.Nullable;

/** A sampler's answer. */
public sealed interface Proposal {
  /**
   * Train this.
   *
   * @param stage the coarse-to-fine stage it belongs to; null with other samplers. The same stage
   *     comes with each of its trials
   */
  record Sampled(Point point, @Nullable Stage stage) implements Proposal {}

  /** Not before more trials have ended; ask again then. */
  record Wait(String reason) implements Proposal {}

  /** There are no more points, as at the end of a grid. */
  record Exhausted() implements Proposal {}
}
