package dev.caviar.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.caviar.proto.v1.Checkpoint;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterValue;
import dev.caviar.proto.v1.ParameterValues;
import dev.caviar.proto.v1.Tensor;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CheckpointDigestTest {
  private static final Checkpoint CHECKPOINT =
      Checkpoint.newBuilder()
          .setStep(7)
          .setEpoch(1)
          .setBatchInEpoch(3)
          .setExamplesInEpoch(30)
          .setEpochLossSum(2.5)
          .setElapsedMicros(123)
          .addParameters(parameter("learning_rate", real(0.5)))
          .addParameters(parameter("batch_size", whole(10)))
          .addParameters(parameter("epochs", whole(20)))
          .addParameters(
              parameter("optimizer", ParameterValue.newBuilder().setText("adam").build()))
          .addParameters(parameter("batch_norm", ParameterValue.newBuilder().setFlag(true).build()))
          .addParameters(
              parameter(
                  "hidden_units",
                  ParameterValue.newBuilder()
                      .setPerLayer(
                          ParameterValues.newBuilder().addValues(whole(3)).addValues(whole(4)))
                      .build()))
          .addTensors(tensor("layer0.weights", 0.25f, -0f, 3e38f))
          .addTensors(tensor("layer0.bias", 1.5f))
          .build();

  /** Of the bytes that the Javadoc describes, as Python's struct and hashlib have it. */
  private static final String DIGEST =
      "1f1a62faaddbf758e13c8161f52ec9e612dfdfdf9c3b4ea164004245c151a424";

  @Test
  void isOfTheBytesThatAreDescribed() {
    assertThat(CheckpointDigest.of(CHECKPOINT)).isEqualTo(DIGEST);
  }

  @Test
  void isTheSameForWhatMakesNoDifference() {
    Checkpoint.Builder other =
        CHECKPOINT.toBuilder().setElapsedMicros(9).clearParameters().clearTensors();
    // In another order, and as a file that does not tell 10 from 10.0 has them.
    CHECKPOINT.getParametersList().reversed().forEach(other::addParameters);
    CHECKPOINT.getTensorsList().reversed().forEach(other::addTensors);
    for (Parameter.Builder each : other.getParametersBuilderList()) {
      if (each.getName().equals("epochs")) {
        each.setValue(whole(1_000_000));
      }
    }
    assertThat(CheckpointDigest.of(other.build())).isEqualTo(DIGEST);
    other.setParameters(index(other, "batch_size"), parameter("batch_size", real(10)));
    assertThat(CheckpointDigest.of(other.build())).isEqualTo(DIGEST);
    // As a checkpoint of before says it: three mini-batches of ten.
    assertThat(CheckpointDigest.of(CHECKPOINT.toBuilder().clearExamplesInEpoch().build()))
        .isEqualTo(DIGEST);
  }

  @Test
  void isAnotherForWhatMakesADifference() {
    int rate = index(CHECKPOINT.toBuilder(), "learning_rate");
    List<Checkpoint.Builder> others =
        List.of(
            CHECKPOINT.toBuilder().setStep(8),
            CHECKPOINT.toBuilder().setEpoch(2),
            CHECKPOINT.toBuilder().setExamplesInEpoch(31),
            CHECKPOINT.toBuilder().setDecayFromEpoch(1),
            CHECKPOINT.toBuilder().setEpochLossSum(Math.nextUp(2.5)),
            CHECKPOINT.toBuilder()
                .setParameters(rate, parameter("learning_rate", real(Math.nextUp(0.5)))),
            CHECKPOINT.toBuilder().addParameters(parameter("dropout", real(0))),
            CHECKPOINT.toBuilder().setTensors(0, tensor("layer0.weights", 0.25f, 0f, 3e38f)),
            CHECKPOINT.toBuilder().setTensors(1, tensor("layer0.bias", Float.NaN)),
            CHECKPOINT.toBuilder()
                .setTensors(1, tensor("layer0.bias", Float.intBitsToFloat(0x7fc00001))),
            CHECKPOINT.toBuilder().setTensors(1, tensor("layer1.bias", 1.5f)),
            CHECKPOINT.toBuilder().addTensors(tensor("layer0.bias.m", 0)));
    Set<String> digests = new HashSet<>(Set.of(DIGEST));
    for (Checkpoint.Builder other : others) {
      assertThat(digests.add(CheckpointDigest.of(other.build()))).as("%s", other).isTrue();
    }
  }

  @Test
  void isOfACheckpointOnly() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                CheckpointDigest.of(
                    CHECKPOINT.toBuilder().addTensors(tensor("layer0.bias", 1)).build()))
        .withMessageContaining("two tensors named layer0.bias");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                CheckpointDigest.of(
                    CHECKPOINT.toBuilder().addParameters(CHECKPOINT.getParameters(0)).build()))
        .withMessageContaining("two parameters named learning_rate");
  }

  private static int index(Checkpoint.Builder checkpoint, String name) {
    return checkpoint.getParametersList().stream().map(Parameter::getName).toList().indexOf(name);
  }

  private static Parameter parameter(String name, ParameterValue value) {
    return Parameter.newBuilder().setName(name).setValue(value).build();
  }

  private static ParameterValue real(double value) {
    return ParameterValue.newBuilder().setReal(value).build();
  }

  private static ParameterValue whole(long value) {
    return ParameterValue.newBuilder().setInteger(value).build();
  }

  private static Tensor tensor(String name, float... values) {
    Tensor.Builder tensor = Tensor.newBuilder().setName(name);
    for (float value : values) {
      tensor.addValues(value);
    }
    return tensor.build();
  }
}
