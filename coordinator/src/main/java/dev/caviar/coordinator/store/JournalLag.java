package dev.caviar.coordinator.store;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How long decisions take from being taken to being in the journal: what nobody outside is told
 * before it is written waits that long. Thread-safe.
 */
public final class JournalLag {
  private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

  private record Longest(long atNanos, long nanos) {}

  private final LongSupplier nanoTime;
  private final Set<Write> waiting = new LinkedHashSet<>();
  // Of the last minute; each is longer than all after it.
  private final Deque<Longest> longest = new ArrayDeque<>();
  private long batches;
  private long events;
  private long nanos;
  private long last;

  public JournalLag() {
    this(System::nanoTime);
  }

  /** By a clock of a test's own. */
  JournalLag(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** One batch of decisions on its way. */
  public final class Write {
    private final long begunNanos = nanoTime.getAsLong();

    private Write() {}

    /** It is in the journal. */
    public void written(int eventsInIt) {
      synchronized (JournalLag.this) {
        if (waiting.remove(this)) {
          count(nanoTime.getAsLong(), begunNanos, eventsInIt);
        }
      }
    }

    /** It holds nothing for the journal, or its writer has failed. */
    public void abandoned() {
      synchronized (JournalLag.this) {
        waiting.remove(this);
      }
    }
  }

  /**
   * What is known of it.
   *
   * @param batches written since the start
   * @param events in them
   * @param lastMicros of the last batch
   * @param meanMicros of all batches
   * @param longestMicros of the last minute's batches
   * @param waitingMicros for how long the oldest that is not written has waited; 0 if all are
   */
  public record Figures(
      long batches,
      long events,
      long lastMicros,
      double meanMicros,
      long longestMicros,
      long waitingMicros) {}

  /** The first decision of a batch is taken. */
  public synchronized Write begin() {
    Write write = new Write();
    waiting.add(write);
    return write;
  }

  private void count(long now, long begun, int eventsInIt) {
    batches++;
    events += eventsInIt;
    last = now - begun;
    nanos += last;
    while (!longest.isEmpty() && longest.getLast().nanos() <= last) {
      longest.removeLast();
    }
    longest.add(new Longest(now, last));
  }

  /** As of now. */
  public synchronized Figures figures() {
    long now = nanoTime.getAsLong();
    while (!longest.isEmpty() && now - longest.getFirst().atNanos() > MINUTE) {
      longest.removeFirst();
    }
    return new Figures(
        batches,
        events,
        TimeUnit.NANOSECONDS.toMicros(last),
        batches == 0 ? 0 : nanos / 1e3 / batches,
        longest.isEmpty() ? 0 : TimeUnit.NANOSECONDS.toMicros(longest.getFirst().nanos()),
        waiting.isEmpty()
            ? 0
            : TimeUnit.NANOSECONDS.toMicros(now - waiting.iterator().next().begunNanos));
  }
}
