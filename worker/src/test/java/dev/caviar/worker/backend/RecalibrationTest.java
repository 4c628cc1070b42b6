package dev.caviar.worker.backend;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.caviar.worker.network.Activation;
import dev.caviar.worker.network.Loss;
import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.NetworkState;
import dev.caviar.worker.network.OptimizerSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Running statistics made anew are those that PyTorch makes of the same network and data. */
class RecalibrationTest {
  static final List<String> RECORDINGS =
      List.of("adam", "adam-odd-batch", "rmsprop-sigmoid", "adam-regression-tanh");

  @ParameterizedTest
  @FieldSource("RECORDINGS")
  void areThoseOfPyTorch(String name) throws Exception {
    PyTorchRecording recording = PyTorchRecording.read(name);
    Map<String, float[]> expected = PyTorchRecording.recalibrations();
    NetworkState state = new NetworkState(0, recording.finalTensors());
    int compared = 0;
    for (int batch : new int[] {64, 449, 1797}) {
      NetworkState found =
          HiddenLayers.recalibrated(recording.config(), state, recording.examples(), batch);
      for (String tensor : state.tensors().keySet()) {
        float[] actual = requireNonNull(found.tensors().get(tensor));
        if (tensor.contains(".running_")) {
          float[] values = requireNonNull(expected.get(name + "." + batch + "." + tensor));
          assertThat(actual).hasSameSizeAs(values);
          for (int j = 0; j < values.length; j++) {
            assertThat(actual[j])
                .as("%s[%d] in mini-batches of %d", tensor, j, batch)
                .isCloseTo(values[j], within(1e-5f + 1e-5f * Math.abs(values[j])));
          }
          compared++;
        } else {
          assertThat(actual).isEqualTo(state.tensors().get(tensor));
        }
      }
    }
    assertThat(compared).isEqualTo(3 * 2 * recording.config().hiddenUnits().size());
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 7, 31, 32, 33, 1000})
  void dependOnNothingThatRanBefore(int batchSize) {
    NetworkConfig config = network(true, 0.5f);
    NetworkState state = RandomNetworks.withMoments(RandomNetworks.state(config, 1), 2);
    Examples examples = RandomNetworks.examples(config, 64, 3);
    Map<String, float[]> nonsense = new TreeMap<>(state.tensors());
    nonsense.replaceAll(
        (name, values) -> {
          float[] other = values.clone();
          if (name.contains(".running_")) {
            Arrays.fill(other, 1e30f);
          }
          return other;
        });
    NetworkState once = HiddenLayers.recalibrated(config, state, examples, batchSize);
    NetworkState other =
        HiddenLayers.recalibrated(
            config, new NetworkState(state.step(), nonsense), examples, batchSize);
    NetworkState twice = HiddenLayers.recalibrated(config, once, examples, batchSize);
    assertThat(once.tensors().keySet()).isEqualTo(state.tensors().keySet());
    for (String name : state.tensors().keySet()) {
      assertThat(other.tensors().get(name)).as(name).isEqualTo(once.tensors().get(name));
      assertThat(twice.tensors().get(name)).as(name).isEqualTo(once.tensors().get(name));
    }
  }

  /** Trained by one or by the other, the statistics agree as far as the weights do. */
  @Test
  void agreeBetweenBackends() {
    NetworkConfig config = network(true, 0.2f);
    NetworkState initial = RandomNetworks.state(config, 4);
    Examples examples = RandomNetworks.examples(config, 90, 5);
    List<NetworkState> found = new ArrayList<>();
    List<Trainer.Evaluation> evaluations = new ArrayList<>();
    for (Backend backend : List.of(new CpuBackend(), new Nd4jBackend())) {
      NetworkState trained;
      try (Trainer trainer = backend.newTrainer(config, 30, initial, 6)) {
        int[] order = RandomNetworks.order(90, 7);
        for (int step = 0; step < 12; step++) {
          trainer.step(examples, order, step % 3 * 30, 30, OptimizerSettings.adam(0.01f));
        }
        trained = trainer.state();
      }
      NetworkState anew = HiddenLayers.recalibrated(config, trained, examples, 30);
      found.add(anew);
      try (Trainer trainer = backend.newTrainer(config, 30, anew, 6)) {
        evaluations.add(trainer.evaluate(examples));
      }
    }
    for (Map.Entry<String, float[]> tensor : found.getFirst().tensors().entrySet()) {
      float[] other = requireNonNull(found.getLast().tensors().get(tensor.getKey()));
      for (int j = 0; j < other.length; j++) {
        assertThat(tensor.getValue()[j]).as(tensor.getKey()).isCloseTo(other[j], within(1e-3f));
      }
    }
    assertThat(evaluations.getFirst().loss()).isCloseTo(evaluations.getLast().loss(), within(1e-3));
  }

  @Test
  void areRefusedWhereThereAreNone() {
    NetworkConfig bare = network(false, 0);
    Examples examples = RandomNetworks.examples(bare, 9, 8);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> HiddenLayers.recalibrated(bare, RandomNetworks.state(bare, 9), examples, 4))
        .withMessageContaining("no layer has batch norm");
    NetworkConfig config = network(true, 0);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> HiddenLayers.recalibrated(config, RandomNetworks.state(config, 9), examples, 1))
        .withMessageContaining("a single example");
  }

  private static NetworkConfig network(boolean batchNorm, float dropout) {
    return new NetworkConfig(
        11,
        List.of(19, 8),
        3,
        Activation.TANH,
        Loss.SOFTMAX_CROSS_ENTROPY,
        batchNorm,
        0.9f,
        1e-4f,
        dropout);
  }
}
