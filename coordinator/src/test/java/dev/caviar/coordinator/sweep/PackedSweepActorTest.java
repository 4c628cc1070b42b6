package dev.caviar.coordinator.sweep;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;

/**
 * All that a sweep does, where its trials are packed two by two and snapshots follow each other
 * closely: nobody outside can tell.
 */
class PackedSweepActorTest extends SweepActorTest {
  @Override
  Config config() {
    return ConfigFactory.parseString(
            "caviar.coordinator { trials-in-page = 2, snapshot-after = 3 }")
        .withFallback(super.config());
  }
}
