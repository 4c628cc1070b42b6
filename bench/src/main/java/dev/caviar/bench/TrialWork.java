package dev.caviar.bench;

import dev.caviar.proto.v1.AssignTrial;
import dev.caviar.proto.v1.DataSource;
import dev.caviar.proto.v1.IdxSource;
import dev.caviar.proto.v1.Lease;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterValue;
import dev.caviar.proto.v1.ParameterValues;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * Trials to time, as a coordinator would assign them: Adam on a batch-norm network.
 *
 * @param name for people
 * @param data digits, or made-up images in files
 * @param hiddenUnits of each hidden layer
 */
record TrialWork(String name, DataSource data, List<Integer> hiddenUnits) {
  /** Mini-batches of all of them. */
  static final int BATCH_SIZE = 64;

  private static final int IMAGES = 10_240;
  private static final int SIDE = 28;

  /** The digits that ship with Caviar: 64-50-50-10. */
  static TrialWork digits() {
    return new TrialWork(
        "digits, 64-50-50-10",
        split(DataSource.newBuilder().setBuiltin("digits")),
        List.of(50, 50));
  }

  /** 10,240 images of 28 × 28 noise, written to {@code folder}: 784-256-128-10. */
  static TrialWork images(Path folder) throws IOException {
    Path images = folder.resolve("images");
    Path labels = folder.resolve("labels");
    Random random = new Random(1);
    try (var out = new DataOutputStream(Files.newOutputStream(images))) {
      byte[] pixels = new byte[IMAGES * SIDE * SIDE];
      random.nextBytes(pixels);
      for (int number : new int[] {0x803, IMAGES, SIDE, SIDE}) {
        out.writeInt(number);
      }
      out.write(pixels);
    }
    try (var out = new DataOutputStream(Files.newOutputStream(labels))) {
      out.writeInt(0x801);
      out.writeInt(IMAGES);
      for (int i = 0; i < IMAGES; i++) {
        out.writeByte(random.nextInt(10));
      }
    }
    IdxSource source =
        IdxSource.newBuilder().setImages(images.toString()).setLabels(labels.toString()).build();
    return new TrialWork(
        "images, 784-256-128-10", split(DataSource.newBuilder().setIdx(source)), List.of(256, 128));
  }

  private static DataSource split(DataSource.Builder source) {
    return source.setDevFraction(0.2).setNormalize(true).build();
  }

  AssignTrial trial(int number, int epochs) {
    return AssignTrial.newBuilder()
        .setLease(Lease.newBuilder().setSweepId("bench").setTrial(number).setAttempt(1))
        .addParameters(real("learning_rate", 1e-3))
        .addParameters(real("learning_rate_decay", 0))
        .addParameters(named("optimizer", ParameterValue.newBuilder().setText("adam")))
        .addParameters(real("beta1", 0.9))
        .addParameters(real("beta2", 0.999))
        .addParameters(real("epsilon", 1e-8))
        .addParameters(real("l2", 0))
        .addParameters(real("dropout", 0))
        .addParameters(named("activation", ParameterValue.newBuilder().setText("relu")))
        .addParameters(named("batch_norm", ParameterValue.newBuilder().setFlag(true)))
        .addParameters(real("batch_norm_momentum", 0.9))
        .addParameters(real("batch_norm_epsilon", 1e-5))
        .addParameters(whole("batch_size", BATCH_SIZE))
        .addParameters(whole("epochs", epochs))
        .addParameters(whole("hidden_layers", hiddenUnits.size()))
        .addParameters(
            named(
                "hidden_units",
                ParameterValue.newBuilder()
                    .setPerLayer(
                        ParameterValues.newBuilder()
                            .addAllValues(
                                hiddenUnits.stream()
                                    .map(n -> ParameterValue.newBuilder().setInteger(n).build())
                                    .toList()))))
        .setData(data)
        .setSeed(number)
        .build();
  }

  private static Parameter real(String name, double value) {
    return named(name, ParameterValue.newBuilder().setReal(value));
  }

  private static Parameter whole(String name, long value) {
    return named(name, ParameterValue.newBuilder().setInteger(value));
  }

  private static Parameter named(String name, ParameterValue.Builder value) {
    return Parameter.newBuilder().setName(name).setValue(value).build();
  }
}
