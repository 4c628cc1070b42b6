package dev.caviar.coordinator.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TrialSeedTest {
  @Test
  void isAlwaysTheSameForATrial() {
    assertThat(TrialSeed.of(42, 7)).isEqualTo(TrialSeed.of(42, 7));
  }

  @Test
  void isAnotherForEachTrialAndSweepSeed() {
    Set<Long> seeds = new HashSet<>();
    for (long sweep = -5; sweep < 5; sweep++) {
      for (int trial = 0; trial < 1_000; trial++) {
        seeds.add(TrialSeed.of(sweep, trial));
      }
    }

    assertThat(seeds).hasSize(10_000);
  }

  @Test
  void halfOfTheBitsChangeFromOneTrialToTheNext() {
    long flipped = 0;
    for (int trial = 0; trial < 1_000; trial++) {
      flipped += Long.bitCount(TrialSeed.of(1, trial) ^ TrialSeed.of(1, trial + 1));
    }

    assertThat(flipped / 1_000.0).isBetween(31.0, 33.0);
  }
}
