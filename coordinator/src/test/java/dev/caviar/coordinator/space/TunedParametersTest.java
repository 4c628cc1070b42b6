package dev.caviar.coordinator.space;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterValue;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@NullUnmarked
class TunedParametersTest {
  private static final List<Parameter> PRESENT = present();

  private static List<Parameter> present() {
    try {
      return PandaFile.parse(
              """
              name: test
              data: {builtin: digits}
              parameters: {hidden_units: 5, optimizer: momentum}
              """,
              Path.of("/"))
          .parameters();
    } catch (SweepFileException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static Parameter real(String name, double value) {
    return Parameter.newBuilder()
        .setName(name)
        .setValue(ParameterValue.newBuilder().setReal(value))
        .build();
  }

  private static Parameter whole(String name, long value) {
    return Parameter.newBuilder()
        .setName(name)
        .setValue(ParameterValue.newBuilder().setInteger(value))
        .build();
  }

  @Test
  void comeInTheOrderOfTheCatalogAndInItsKinds() {
    assertThat(
            TunedParameters.of(
                PRESENT,
                List.of(whole("l2", 0), real("batch_size", 32), whole("learning_rate", 1))))
        .as("l2 is 0 already")
        .containsExactly(real("learning_rate", 1), whole("batch_size", 32));
  }

  @ParameterizedTest
  @EnumSource(Hyperparameter.class)
  void anyThatCannotChangeIsRefusedWithAReason(Hyperparameter hyperparameter) {
    if (hyperparameter.changeableInTraining()) {
      return;
    }
    assertThatThrownBy(() -> TunedParameters.of(PRESENT, List.of(whole(hyperparameter.key(), 1))))
        .hasMessageMatching(
            hyperparameter.key() + " cannot change while a model is trained: \\S.*What can: .*");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          learning_rate  | 0    | learning_rate must be a number above 0, is 0.0
          momentum       | 1    | momentum must be a number of at least 0 and below 1, is 1.0
          l2             | -1   | l2 must be a number of at least 0, is -1.0
          batch_size     | 1.5  | batch_size must be a whole number from 1 to 1000000, is 1.5
          batch_size     | 0    | batch_size must be a whole number from 1 to 1000000, is 0.0
          beta1          | 0.5  | beta1 changes nothing here: it is used where optimizer is adam, and that is 'momentum'
          learning_rat   | 0.5  | unknown hyperparameter 'learning_rat'; did you mean learning_rate?
          """)
  void whatIsWrongIsSaidWithWhatWouldBeRight(String name, double value, String message) {
    assertThatThrownBy(() -> TunedParameters.of(PRESENT, List.of(real(name, value))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void nothingAndTheSameTwiceAreRefused() {
    assertThatThrownBy(() -> TunedParameters.of(PRESENT, List.of()))
        .hasMessageContaining("nothing to change");
    assertThatThrownBy(
            () -> TunedParameters.of(PRESENT, Arrays.asList(real("l2", 1), real("l2", 2))))
        .hasMessage("l2 is given twice");
  }
}
