package dev.caviar.cli.panda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.proto.v1.PandaState;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class LearningRatePathTest {
  private static final List<Long> EPOCH_ENDS =
      LongStream.rangeClosed(1, 60).map(epoch -> epoch * Pandas.BATCHES).boxed().toList();

  @Test
  void saysTheRatesOfTheWayAtTheEndsOfEpochs() {
    LearningRatePath path = LearningRatePath.of(Pandas.babysat(), 2, EPOCH_ENDS);

    assertThat(path.lines())
        .containsExactly(
            "fixed: {learning_rate: 0.01, learning_rate_decay: 0.0}",
            "learning_rate_path:",
            "  - {after_epoch: 5, rate: 3.0}",
            "  - {after_epoch: 10, rate: 0.03}",
            "  - {after_epoch: 31, rate: 0.003}");
    assertThat(path.rounded()).isEqualTo(1);
  }

  @Test
  void beginsWithWhatWasSetBeforeTheFirstEpoch() {
    PandaState panda = Pandas.babysat();
    PandaState changed =
        panda.toBuilder()
            .setLedger(1, panda.getLedger(1).toBuilder().setStep(3).setEpoch(0))
            .build();

    assertThat(LearningRatePath.of(changed, 1, EPOCH_ENDS).lines())
        .containsExactly(
            "fixed: {learning_rate: 3.0, learning_rate_decay: 0.0}",
            "# The learning rate was never changed.");
  }
}
