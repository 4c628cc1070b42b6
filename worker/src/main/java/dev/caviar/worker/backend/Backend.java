package dev.caviar.worker.backend;

import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.NetworkState;

/** A way to do the arithmetic of networks. Thread-safe; its trainers are not. */
public interface Backend {
  /** Short and stable: {@code cpu} or {@code nd4j}. */
  String name();

  /** For people: what does the work here, for example the BLAS kernel and the vector width. */
  String description();

  /**
   * A network ready to be trained from {@code initial}, all memory it will ever need taken.
   *
   * @param maxBatchSize the largest mini-batch that will be trained on, at least 1
   * @param seed of the dropout masks
   * @throws IllegalArgumentException if {@code initial} does not fit {@code config}
   */
  Trainer newTrainer(NetworkConfig config, int maxBatchSize, NetworkState initial, long seed);
}
