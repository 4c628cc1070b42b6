package dev.caviar.coordinator.sweep;

import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.TrialState;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Trials of a sweep with consecutive numbers that are over, packed into bytes; {@link TrialArchive}
 * tells what is in them. Belongs to one actor.
 */
final class TrialPage {
  private final int first;
  private final int end;
  private final Map<TrialState, Integer> counts;
  private byte @Nullable [] bytes;
  private @Nullable BlobRef blob;

  private TrialPage(
      int first, Map<TrialState, Integer> counts, byte @Nullable [] bytes, @Nullable BlobRef blob) {
    this.first = first;
    this.end = first + counts.values().stream().mapToInt(count -> count).sum();
    this.counts = counts;
    this.bytes = bytes;
    this.blob = blob;
  }

  /** One that no blob holds yet. */
  static TrialPage packed(int first, Map<TrialState, Integer> counts, byte[] bytes) {
    return new TrialPage(first, counts, bytes, null);
  }

  /** One that a blob holds. */
  static TrialPage stored(int first, Map<TrialState, Integer> counts, BlobRef blob) {
    return new TrialPage(first, counts, null, blob);
  }

  /** From here on the blob holds it, and memory need not. */
  void stored(BlobRef in) {
    blob = in;
    bytes = null;
  }

  /** The number of its first trial. */
  int first() {
    return first;
  }

  /** The number after that of its last trial. */
  int end() {
    return end;
  }

  /** How many of its trials are what. */
  Map<TrialState, Integer> counts() {
    return counts;
  }

  /** What holds it; null as long as {@link #bytes} are there. */
  @Nullable BlobRef blob() {
    return blob;
  }

  /** Until it is stored, its contents. */
  byte @Nullable [] bytes() {
    return bytes;
  }
}
