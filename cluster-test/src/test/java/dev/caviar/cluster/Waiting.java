package dev.caviar.cluster;

import java.time.Duration;
import java.util.concurrent.Callable;

/** Waits for what containers come to in their own time. */
final class Waiting {
  private Waiting() {}

  /**
   * Asks again and again until the answer is yes. An exception counts as no.
   *
   * @throws AssertionError after {@code limit}, with the last exception as its cause
   */
  static void until(String what, Duration limit, Callable<Boolean> condition) {
    long deadline = System.nanoTime() + limit.toNanos();
    Exception last = null;
    while (System.nanoTime() < deadline) {
      try {
        if (condition.call()) {
          return;
        }
        last = null;
      } catch (Exception e) {
        last = e;
      }
      try {
        Thread.sleep(200);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted while waiting until " + what, e);
      }
    }
    throw new AssertionError("waited " + limit.toSeconds() + " s in vain until " + what, last);
  }
}
