package dev.caviar.worker.backend;

import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.NetworkState;
import org.nd4j.linalg.factory.Environment;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Networks in ND4J's operations. Slower than CpuBackend on a processor, but it runs wherever ND4J
 * does: with {@code nd4j-cuda} in place of {@code nd4j-native}, on a GPU. Both give the same curves
 * but for rounding.
 */
public final class Nd4jBackend implements Backend {
  /** Loads ND4J's native libraries, which takes some seconds the first time in a JVM. */
  public Nd4jBackend() {
    Environment environment = Nd4j.getEnvironment();
    // One thread for each trial; parallelism is across trials.
    environment.setMaxMasterThreads(1);
    environment.setMaxThreads(1);
    Nd4j.factory().blas().setMaxThreads(1);
  }

  @Override
  public String name() {
    return "nd4j";
  }

  @Override
  public String description() {
    return "ND4J " + Nd4j.getBackend().getClass().getSimpleName();
  }

  @Override
  public Trainer newTrainer(
      NetworkConfig config, int maxBatchSize, NetworkState initial, long seed) {
    if (maxBatchSize < 1) {
      throw new IllegalArgumentException("the largest mini-batch must be at least 1");
    }
    return new Nd4jTrainer(config, maxBatchSize, initial, seed);
  }
}
