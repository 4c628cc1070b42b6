package dev.caviar.coordinator.store;

import akka.Done;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.TrialPoints;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/** The points of all curves, apart from the journal, which keeps decisions only. Thread-safe. */
public interface CurveStore {
  /**
   * Adds points. They are there for good once this completes. A point of an epoch that is there
   * already is left as it was.
   */
  CompletionStage<Done> append(String sweepId, List<TrialPoints> points);

  /** A trial's points of the epochs from {@code first} to {@code last}, both included, in order. */
  CompletionStage<List<CurvePoint>> read(String sweepId, int trial, int first, int last);

  /** The last point of each of the given trials that has any. */
  CompletionStage<Map<Integer, CurvePoint>> lastPoints(String sweepId, Collection<Integer> trials);
}
