package dev.caviar.worker.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.worker.network.Activation;
import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.NetworkState;
import dev.caviar.worker.network.OptimizerSettings;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;

class Nd4jBackendTest extends BackendContract {
  private static final long MEGABYTE = 1 << 20;

  Nd4jBackendTest() {
    super(new Nd4jBackend());
  }

  @Test
  void closedTrainersLeaveNoNativeMemoryBehind() {
    Backend backend = new Nd4jBackend();
    NetworkConfig config = NetworkConfig.classifier(784, List.of(256, 128), 10, Activation.RELU);
    NetworkState initial = RandomNetworks.state(config, 1);
    trainAndClose(backend, config, initial, 20);
    long before = Pointer.physicalBytes();
    // Each takes 7 MB.
    trainAndClose(backend, config, initial, 100);
    assertThat(Pointer.physicalBytes() - before).isLessThan(100 * MEGABYTE);
  }

  private static void trainAndClose(
      Backend backend, NetworkConfig config, NetworkState initial, int trainers) {
    Examples examples = RandomNetworks.examples(config, 64, 2);
    int[] order = RandomNetworks.order(64, 3);
    for (int i = 0; i < trainers; i++) {
      try (Trainer trainer = backend.newTrainer(config, 64, initial, 4)) {
        double loss = trainer.step(examples, order, 0, 64, OptimizerSettings.adam(0.001f));
        assertThat(loss).isPositive();
      }
    }
  }
}
