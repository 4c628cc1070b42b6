package dev.caviar.worker;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.caviar.worker.backend.Backend;
import dev.caviar.worker.data.DataCache;
import dev.caviar.worker.data.PushedData;
import java.nio.file.Path;
import java.util.Map;

/**
 * What a worker is made of.
 *
 * @param workerId unique among the coordinator's workers
 * @param slots trials trained at once, at least 1; one thread each
 * @param backend does the arithmetic
 * @param dataCache where its trials share their data
 * @param dataFolder where data that was pushed to the coordinator is kept
 */
public record WorkerOptions(
    String workerId, int slots, Backend backend, DataCache dataCache, Path dataFolder) {
  public WorkerOptions {
    if (slots < 1) {
      throw new IllegalArgumentException("a worker needs at least 1 slot, not " + slots);
    }
  }

  /** With pushed data in the user's cache folder. */
  public WorkerOptions(String workerId, int slots, Backend backend, DataCache dataCache) {
    this(workerId, slots, backend, dataCache, PushedData.defaultFolder());
  }

  /** One slot for each core: a trial computes on one thread. */
  public static int defaultSlots() {
    return Runtime.getRuntime().availableProcessors();
  }

  /** The part of an ActorSystem's configuration that depends on the number of slots. */
  public static Config config(int slots) {
    return ConfigFactory.parseMap(
        Map.of("caviar.worker.trial-dispatcher.thread-pool-executor.fixed-pool-size", slots));
  }
}
