package dev.caviar.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class JournalLagTest {
  private final AtomicLong nanos = new AtomicLong(5);
  private final JournalLag lag = new JournalLag(nanos::get);

  private void pass(long micros) {
    nanos.addAndGet(TimeUnit.MICROSECONDS.toNanos(micros));
  }

  @Test
  void measuresFromTheFirstDecisionToTheJournal() {
    JournalLag.Write first = lag.begin();
    pass(2_000);
    JournalLag.Write second = lag.begin();
    pass(1_000);
    assertThat(lag.figures()).isEqualTo(new JournalLag.Figures(0, 0, 0, 0, 0, 3_000));

    first.written(4);
    assertThat(lag.figures()).isEqualTo(new JournalLag.Figures(1, 4, 3_000, 3_000, 3_000, 1_000));
    pass(9_000);
    second.written(1);
    assertThat(lag.figures()).isEqualTo(new JournalLag.Figures(2, 5, 10_000, 6_500, 10_000, 0));
  }

  @Test
  void theLongestIsOfTheLastMinute() {
    for (long micros : new long[] {500, 9_000, 2_000, 3_000}) {
      JournalLag.Write write = lag.begin();
      pass(micros);
      write.written(1);
    }
    assertThat(lag.figures().longestMicros()).isEqualTo(9_000);
    pass(TimeUnit.SECONDS.toMicros(60) - 4_000);
    assertThat(lag.figures().longestMicros()).isEqualTo(3_000);
    pass(TimeUnit.SECONDS.toMicros(60));
    assertThat(lag.figures().longestMicros()).isZero();
    assertThat(lag.figures().lastMicros()).isEqualTo(3_000);
  }

  @Test
  void whatIsAbandonedWaitsNoMoreAndCountsForNothing() {
    JournalLag.Write write = lag.begin();
    pass(700);
    write.abandoned();
    assertThat(lag.figures()).isEqualTo(new JournalLag.Figures(0, 0, 0, 0, 0, 0));
    write.written(3);
    assertThat(lag.figures().batches()).isZero();
  }
}
