package dev.caviar.coordinator.store;

import akka.Done;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.TrialPoints;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** Curves that end with their process. */
public final class MemoryCurveStore implements CurveStore {
  private record Curve(String sweepId, int trial) {}

  private final Map<Curve, ConcurrentNavigableMap<Integer, CurvePoint>> curves =
      new ConcurrentHashMap<>();

  @Override
  public CompletionStage<Done> append(String sweepId, List<TrialPoints> points) {
    for (TrialPoints some : points) {
      var curve =
          curves.computeIfAbsent(
              new Curve(sweepId, some.getTrial()), key -> new ConcurrentSkipListMap<>());
      some.getPointsList().forEach(point -> curve.putIfAbsent(point.getEpoch(), point));
    }
    return CompletableFuture.completedFuture(Done.getInstance());
  }

  @Override
  public CompletionStage<List<CurvePoint>> read(String sweepId, int trial, int first, int last) {
    var curve = curves.get(new Curve(sweepId, trial));
    return CompletableFuture.completedFuture(
        curve == null || first > last
            ? List.of()
            : List.copyOf(curve.subMap(first, true, last, true).values()));
  }

  @Override
  public CompletionStage<Map<Integer, CurvePoint>> lastPoints(
      String sweepId, Collection<Integer> trials) {
    Map<Integer, CurvePoint> last = new HashMap<>();
    for (int trial : trials) {
      var curve = curves.get(new Curve(sweepId, trial));
      var newest = curve == null ? null : curve.lastEntry();
      if (newest != null) {
        last.put(trial, newest.getValue());
      }
    }
    return CompletableFuture.completedFuture(last);
  }
}
