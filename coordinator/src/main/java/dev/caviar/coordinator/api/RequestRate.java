package dev.caviar.coordinator.api;

import java.net.InetAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many requests each client address has made in the present second. It forgets all with each
 * new second, so that it never holds more addresses than have asked in one. Thread-safe.
 */
final class RequestRate {
  private record Second(long number, ConcurrentHashMap<InetAddress, AtomicInteger> requests) {
    static Second of(long number) {
      return new Second(number, new ConcurrentHashMap<>());
    }
  }

  private final int most;
  private volatile Second present = Second.of(Long.MIN_VALUE);

  /**
   * @param most requests in a second; at least 1
   */
  RequestRate(int most) {
    if (most < 1) {
      throw new IllegalArgumentException(
          "caviar.coordinator.most-requests-per-second is at least 1, not " + most);
    }
    this.most = most;
  }

  /** Counts one more request of a client; false if it is one too many. */
  boolean admits(InetAddress client) {
    long number = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime());
    Second second = present;
    if (second.number() != number) {
      second = begin(number);
    }
    return second
            .requests()
            .computeIfAbsent(client, address -> new AtomicInteger())
            .incrementAndGet()
        <= most;
  }

  /** Whoever is first begins a new second; the others count in it. */
  private synchronized Second begin(long number) {
    if (present.number() != number) {
      present = Second.of(number);
    }
    return present;
  }
}
