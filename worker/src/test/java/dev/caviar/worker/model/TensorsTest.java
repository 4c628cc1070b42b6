package dev.caviar.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.caviar.proto.v1.Checkpoint;
import dev.caviar.proto.v1.Tensor;
import dev.caviar.worker.network.Activation;
import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.NetworkState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TensorsTest {
  private static final NetworkConfig CONFIG =
      NetworkConfig.classifier(3, List.of(2), 2, Activation.RELU);

  private static Map<String, float[]> tensors() {
    Map<String, float[]> tensors = new HashMap<>();
    tensors.put("layer0.weights", new float[] {1, 2, 3, 4, 5, 6});
    tensors.put("layer0.gamma", new float[] {1, 1});
    tensors.put("layer0.beta", new float[] {0, -0f});
    tensors.put("layer0.running_mean", new float[] {0.5f, 0.25f});
    tensors.put("layer0.running_variance", new float[] {1, 2});
    tensors.put("layer1.weights", new float[] {1, 2, 3, 4});
    tensors.put("layer1.bias", new float[] {7, 8});
    return tensors;
  }

  @Test
  void aCheckpointKeepsEveryBit() throws Exception {
    Map<String, float[]> tensors = tensors();
    tensors.put(
        "layer0.weights.m",
        new float[] {Float.NaN, -0f, Float.MIN_VALUE, Float.NEGATIVE_INFINITY, 1e38f, 0.1f});
    var state = new NetworkState(17, tensors);

    Checkpoint checkpoint =
        Checkpoint.parseFrom(
            Checkpoint.newBuilder()
                .addAllTensors(Tensors.ofCheckpoint(state))
                .build()
                .toByteArray());
    NetworkState restored = Tensors.toState(17, checkpoint.getTensorsList());

    assertThat(restored.step()).isEqualTo(17);
    assertThat(restored.tensors()).containsOnlyKeys(tensors.keySet());
    tensors.forEach(
        (name, values) ->
            assertThat(bits(restored.tensor(name, values.length))).isEqualTo(bits(values)));
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }

  @Test
  void aModelLeavesTheMomentsOut() {
    Map<String, float[]> tensors = tensors();
    tensors.put("layer0.weights.m", new float[6]);
    tensors.put("layer1.bias.s", new float[2]);

    assertThat(Tensors.ofModel(CONFIG, new NetworkState(1, tensors)))
        .extracting(Tensor::getName)
        .containsExactlyInAnyOrderElementsOf(tensors().keySet())
        .isSorted();
  }

  @Test
  void refusesTensorsThatDoNotFitTheNetwork() {
    assertRefused("layer1.bias", new float[3], "layer1.bias has 3 numbers, the network needs 2");
    assertRefused("layer0.bias", new float[2], "unknown tensor layer0.bias");
    assertRefused("layer0.running_mean.x", new float[2], "unknown tensor");
    assertRefused("layer0.gamma.m", new float[1], "layer0.gamma.m has 1 numbers");

    Map<String, float[]> tensors = tensors();
    tensors.remove("layer0.beta");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tensors.requireFits(CONFIG, new NetworkState(0, tensors)))
        .withMessageContaining("no tensor named layer0.beta");
  }

  private static void assertRefused(String name, float[] values, String message) {
    Map<String, float[]> tensors = tensors();
    tensors.put(name, values);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tensors.requireFits(CONFIG, new NetworkState(0, tensors)))
        .withMessageContaining(message);
  }

  @Test
  void refusesAShapeThatNoArrayHas() {
    var vast =
        NetworkConfig.classifier(Integer.MAX_VALUE, List.of(Integer.MAX_VALUE), 2, Activation.RELU);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tensors.requireFits(vast, new NetworkState(0, tensors())));
  }

  @Test
  void refusesTwoTensorsOfOneName() {
    Tensor tensor = Tensor.newBuilder().setName("layer0.bias").build();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tensors.toState(0, List.of(tensor, tensor)))
        .withMessage("two tensors named layer0.bias");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tensors.toState(0, List.of(Tensor.getDefaultInstance())));
  }
}
