package dev.caviar.worker.model;

import dev.caviar.proto.v1.NetworkDescription;
import dev.caviar.worker.network.Activation;
import dev.caviar.worker.network.Loss;
import dev.caviar.worker.network.NetworkConfig;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Between a {@link NetworkConfig} and its description in a file or message. */
public final class NetworkDescriptions {
  private NetworkDescriptions() {}

  /** Describes {@code config}. */
  public static NetworkDescription of(NetworkConfig config) {
    return NetworkDescription.newBuilder()
        .setInputs(config.inputs())
        .addAllHiddenUnits(config.hiddenUnits())
        .setOutputs(config.outputs())
        .setActivation(name(config.activation()))
        .setLoss(name(config.loss()))
        .setBatchNorm(config.batchNorm())
        .setBatchNormMomentum(config.batchNormMomentum())
        .setBatchNormEpsilon(config.batchNormEpsilon())
        .setDropout(config.dropout())
        .build();
  }

  /**
   * The network that {@code description} describes.
   *
   * @throws IllegalArgumentException if it describes none: an unknown activation or loss, or a
   *     number out of its range
   */
  public static NetworkConfig toConfig(NetworkDescription description) {
    return new NetworkConfig(
        description.getInputs(),
        description.getHiddenUnitsList(),
        description.getOutputs(),
        named("activation", description.getActivation(), Activation.values()),
        named("loss", description.getLoss(), Loss.values()),
        description.getBatchNorm(),
        description.getBatchNormMomentum(),
        description.getBatchNormEpsilon(),
        description.getDropout());
  }

  private static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private static <E extends Enum<E>> E named(String what, String name, E[] constants) {
    for (E constant : constants) {
      if (name(constant).equals(name)) {
        return constant;
      }
    }
    throw new IllegalArgumentException(
        "unknown %s '%s'; there are %s"
            .formatted(
                what,
                name,
                Arrays.stream(constants)
                    .map(NetworkDescriptions::name)
                    .collect(Collectors.joining(", "))));
  }
}
