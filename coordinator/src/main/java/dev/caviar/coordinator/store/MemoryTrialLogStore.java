package dev.caviar.coordinator.store;

import dev.caviar.proto.v1.TrialLogLine;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Logs that end with their process. */
public final class MemoryTrialLogStore implements TrialLogStore {
  private record Key(String sweepId, int trial) {}

  // In the order in which they came.
  private final Map<Key, List<TrialLogLine>> logs = new HashMap<>();

  @Override
  public synchronized void append(String sweepId, int trial, List<TrialLogLine> lines) {
    List<TrialLogLine> log =
        logs.computeIfAbsent(new Key(sweepId, trial), key -> new ArrayList<>());
    for (TrialLogLine line : lines) {
      if (line.getNumber() == 0 || log.stream().noneMatch(there -> isSame(there, line))) {
        log.add(line);
      }
    }
    int characters = log.stream().mapToInt(line -> line.getText().length()).sum();
    while (log.size() > MOST_LINES || (characters > MOST_CHARACTERS && log.size() > 1)) {
      characters -= log.removeFirst().getText().length();
    }
  }

  private static boolean isSame(TrialLogLine one, TrialLogLine other) {
    return one.getAttempt() == other.getAttempt() && one.getNumber() == other.getNumber();
  }

  @Override
  public synchronized CompletionStage<List<TrialLogLine>> read(String sweepId, int trial) {
    return CompletableFuture.completedFuture(
        logs.getOrDefault(new Key(sweepId, trial), List.of()).stream()
            .sorted(Comparator.comparingInt(TrialLogLine::getAttempt))
            .toList());
  }
}
