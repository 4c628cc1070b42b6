package dev.caviar.worker.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.worker.network.Activation;
import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.NetworkState;
import dev.caviar.worker.network.OptimizerSettings;
import java.util.ArrayList;
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
    List<Trainer> warmUp = trainAndClose(backend, config, initial, 20);
    long before = Pointer.physicalBytes();
    // Each takes 7 MB, 700 in all; what Java's heap grows by meanwhile counts too.
    List<Trainer> trainers = trainAndClose(backend, config, initial, 100);
    assertThat(Pointer.physicalBytes() - before).isLessThan(350 * MEGABYTE);
    // Still in reach until here, so the garbage collector did not give their memory back.
    assertThat(trainers).hasSize(100);
    assertThat(warmUp).hasSize(20);
  }

  private static List<Trainer> trainAndClose(
      Backend backend, NetworkConfig config, NetworkState initial, int count) {
    Examples examples = RandomNetworks.examples(config, 64, 2);
    int[] order = RandomNetworks.order(64, 3);
    List<Trainer> trainers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      try (Trainer trainer = backend.newTrainer(config, 64, initial, 4)) {
        double loss = trainer.step(examples, order, 0, 64, OptimizerSettings.adam(0.001f));
        assertThat(loss).isPositive();
        trainers.add(trainer);
      }
    }
    return trainers;
  }
}
