package dev.caviar.cli;

import java.util.concurrent.atomic.AtomicInteger;
import org.jline.utils.Signals;

/**
 * Ctrl-C and SIGTERM while a sweep runs: the first asks for an orderly end, the second ends the
 * process at once.
 */
public final class Interruption implements AutoCloseable {
  private static final String[] SIGNALS = {"INT", "TERM"};

  private final AtomicInteger count = new AtomicInteger();
  private final Object[] previous = new Object[SIGNALS.length];

  /**
   * Listens from now on.
   *
   * @param first called at the first signal, on the thread that signals come on
   * @param beforeHalt called at the second, before the JVM halts: the terminal must be left well
   */
  public Interruption(Runnable first, Runnable beforeHalt) {
    for (int i = 0; i < SIGNALS.length; i++) {
      previous[i] =
          Signals.register(
              SIGNALS[i],
              () -> {
                if (count.incrementAndGet() == 1) {
                  first.run();
                } else {
                  beforeHalt.run();
                  Runtime.getRuntime().halt(ExitCode.INTERRUPTED);
                }
              });
    }
  }

  boolean happened() {
    return count.get() > 0;
  }

  /** Signals mean again what they meant before. */
  @Override
  public void close() {
    for (int i = 0; i < SIGNALS.length; i++) {
      if (previous[i] != null) {
        Signals.unregister(SIGNALS[i], previous[i]);
      }
    }
  }
}
