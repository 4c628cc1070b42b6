package dev.caviar.coordinator.sweep;

import dev.caviar.proto.v1.TrialState;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** The attempts at all trials of a sweep, as its events tell them. Belongs to one actor. */
final class Attempts {
  private final TreeMap<Integer, List<Attempt>> byTrial = new TreeMap<>();

  /** What an event says of attempts; most say nothing. */
  void apply(SweepEvent event) {
    switch (event) {
      case SweepEvent.TrialLeased leased -> add(Attempt.begun(leased));
      case SweepEvent.TrialReturned returned ->
          end(
              returned.trial(),
              returned.atMillis(),
              TrialState.RETRYING,
              returned.reason(),
              returned.lost());
      case SweepEvent.TrialHeld held ->
          end(held.trial(), held.atMillis(), TrialState.PAUSED, held.reason(), false);
      case SweepEvent.TrialExploited exploited ->
          end(
              exploited.trial(),
              exploited.atMillis(),
              TrialState.RETRYING,
              exploited.reason(),
              false);
      case SweepEvent.TrialOver over ->
          end(over.trial(), over.atMillis(), over.state(), over.reason(), false);
      default -> {}
    }
  }

  /** As a snapshot has it. */
  void add(Attempt attempt) {
    byTrial.computeIfAbsent(attempt.trial(), trial -> new ArrayList<>()).add(attempt);
  }

  /** One that was held, or never leased, has no attempt that could end. */
  private void end(int trial, long atMillis, TrialState outcome, String reason, boolean lost) {
    List<Attempt> attempts = byTrial.get(trial);
    if (attempts != null && attempts.getLast().outcome() == TrialState.RUNNING) {
      attempts.set(attempts.size() - 1, attempts.getLast().ended(atMillis, outcome, reason, lost));
    }
  }

  /** Those of the trials from {@code first} to before {@code end} are kept elsewhere. */
  void remove(int first, int end) {
    byTrial.subMap(first, end).clear();
  }

  List<Attempt> of(int trial) {
    return List.copyOf(byTrial.getOrDefault(trial, List.of()));
  }

  /** In the order of trials and attempts. */
  List<Attempt> all() {
    return byTrial.values().stream().flatMap(List::stream).toList();
  }
}
