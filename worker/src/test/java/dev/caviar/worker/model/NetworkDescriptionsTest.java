package dev.caviar.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.caviar.proto.v1.NetworkDescription;
import dev.caviar.worker.network.Activation;
import dev.caviar.worker.network.Loss;
import dev.caviar.worker.network.NetworkConfig;
import java.util.List;
import org.junit.jupiter.api.Test;

class NetworkDescriptionsTest {
  private static final NetworkConfig CONFIG =
      new NetworkConfig(
          64, List.of(50, 60), 1, Activation.TANH, Loss.SQUARED_ERROR, true, 0.8f, 1e-4f, 0.25f);

  @Test
  void aDescriptionGivesTheSameNetworkBack() {
    NetworkDescription description = NetworkDescriptions.of(CONFIG);

    assertThat(description.getActivation()).isEqualTo("tanh");
    assertThat(description.getLoss()).isEqualTo("squared_error");
    assertThat(NetworkDescriptions.toConfig(description)).isEqualTo(CONFIG);
  }

  @Test
  void refusesWhatIsNoNetwork() {
    NetworkDescription description = NetworkDescriptions.of(CONFIG);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                NetworkDescriptions.toConfig(description.toBuilder().setActivation("TANH").build()))
        .withMessage("unknown activation 'TANH'; there are sigmoid, tanh, relu");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> NetworkDescriptions.toConfig(description.toBuilder().setInputs(0).build()));
  }
}
