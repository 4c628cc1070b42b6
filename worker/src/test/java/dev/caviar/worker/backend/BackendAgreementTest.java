package dev.caviar.worker.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import dev.caviar.worker.network.Activation;
import dev.caviar.worker.network.Initializer;
import dev.caviar.worker.network.Loss;
import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.NetworkState;
import dev.caviar.worker.network.OptimizerSettings;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The same trial gives the same curve on both backends, dropout and odd mini-batches included. */
class BackendAgreementTest {
  private static final int BATCH_SIZE = 64;
  private static final int EPOCHS = 15;
  private static final long SEED = 3;

  /** Over 435 steps, roundings that differ grow; to this much of a loss at the most. */
  private static final double TOLERANCE = 1e-3;

  @ParameterizedTest
  @EnumSource(Activation.class)
  void theCurvesAreTheSame(Activation activation) throws IOException {
    Examples digits = PyTorchRecording.read("adam").examples();
    NetworkConfig config =
        new NetworkConfig(
            64,
            List.of(50, 50),
            10,
            activation,
            Loss.SOFTMAX_CROSS_ENTROPY,
            true,
            0.9f,
            1e-5f,
            0.2f);
    NetworkState initial = Initializer.initialize(config, SEED);
    OptimizerSettings settings = OptimizerSettings.adam(0.003f);
    try (Trainer cpu = new CpuBackend().newTrainer(config, BATCH_SIZE, initial, SEED);
        Trainer nd4j = new Nd4jBackend().newTrainer(config, BATCH_SIZE, initial, SEED)) {
      for (int epoch = 0; epoch < EPOCHS; epoch++) {
        int[] order = RandomNetworks.order(digits.count(), epoch);
        for (int from = 0; from < order.length; from += BATCH_SIZE) {
          int size = Math.min(BATCH_SIZE, order.length - from);
          double expected = cpu.step(digits, order, from, size, settings);
          double loss = nd4j.step(digits, order, from, size, settings);
          assertThat(loss)
              .as("loss of epoch %d from example %d", epoch, from)
              .isCloseTo(expected, offset(TOLERANCE));
        }
        assertThat(nd4j.evaluate(digits).loss())
            .isCloseTo(cpu.evaluate(digits).loss(), offset(TOLERANCE));
      }
    }
  }
}
