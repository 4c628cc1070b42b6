package dev.caviar.worker.backend;

import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.NetworkState;
import org.nd4j.linalg.factory.Environment;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Networks in ND4J's operations: slower than {@link CpuBackend}, and written quite differently, so
 * that each is a check on the other. They give the same curves but for rounding.
 *
 * <p>Nothing in it is bound to the processor: it keeps its arrays in ND4J and uses nothing but
 * ND4J's interfaces, so it should run on a GPU with ND4J's CUDA artifacts in place of {@code
 * nd4j-native}. That has not been tried.
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
