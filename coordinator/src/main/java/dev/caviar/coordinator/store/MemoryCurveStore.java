package dev.caviar.coordinator.store;

import akka.Done;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.TrialPoints;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Curves for as long as the process lives: for a sweep that runs in it. */
public final class MemoryCurveStore implements CurveStore {
  private final Map<String, Map<Integer, NavigableMap<Integer, CurvePoint>>> sweeps =
      new HashMap<>();

  @Override
  public synchronized CompletionStage<Done> append(String sweepId, List<TrialPoints> points) {
    var trials = sweeps.computeIfAbsent(sweepId, id -> new HashMap<>());
    for (TrialPoints ofTrial : points) {
      var curve = trials.computeIfAbsent(ofTrial.getTrial(), trial -> new TreeMap<>());
      ofTrial.getPointsList().forEach(point -> curve.putIfAbsent(point.getEpoch(), point));
    }
    return CompletableFuture.completedFuture(Done.getInstance());
  }

  @Override
  public synchronized CompletionStage<List<CurvePoint>> read(
      String sweepId, int trial, int first, int last) {
    var curve = sweeps.getOrDefault(sweepId, Map.of()).get(trial);
    return CompletableFuture.completedFuture(
        curve == null || first > last
            ? List.of()
            : List.copyOf(curve.subMap(first, true, last, true).values()));
  }

  @Override
  public synchronized CompletionStage<Map<Integer, CurvePoint>> lastPoints(String sweepId) {
    Map<Integer, CurvePoint> points = new HashMap<>();
    sweeps
        .getOrDefault(sweepId, Map.of())
        .forEach((trial, curve) -> points.put(trial, curve.lastEntry().getValue()));
    return CompletableFuture.completedFuture(points);
  }
}
