package dev.caviar.coordinator.sweep;

import akka.actor.typed.javadsl.TimerScheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Those who have seen all there is, until there is more or they have waited long enough. Belongs to
 * one actor.
 *
 * @param <W> what one of them asked
 * @param <C> what the actor can be told
 */
public final class WaitingWatches<W, C> {
  /** A watcher hears something at least this often, be it that there is nothing. */
  public static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final TimerScheduler<C> timers;
  private final Function<W, C> timeout;
  private final List<W> waiting = new ArrayList<>();

  /**
   * @param timeout tells the actor that one has waited long enough; it then asks {@link #giveUp}
   */
  public WaitingWatches(TimerScheduler<C> timers, Function<W, C> timeout) {
    this.timers = timers;
    this.timeout = timeout;
  }

  /**
   * Now, or when there is something to say.
   *
   * @param answer answers one if it can, and says whether it did
   */
  public void answer(W watch, Predicate<W> answer) {
    if (!answer.test(watch)) {
      waiting.add(watch);
      timers.startSingleTimer(watch, timeout.apply(watch), TIMEOUT);
    }
  }

  /**
   * There is more to say.
   *
   * @param answer answers one if it can, and says whether it did
   */
  public void publish(Predicate<W> answer) {
    waiting.removeIf(
        watch -> {
          boolean answered = answer.test(watch);
          if (answered) {
            timers.cancel(watch);
          }
          return answered;
        });
  }

  /** Whether it still waited; it is to be told that there is nothing then. */
  public boolean giveUp(W watch) {
    return waiting.remove(watch);
  }
}
