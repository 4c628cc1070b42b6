package dev.caviar.cli.panda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.proto.v1.PandaPhase;
import dev.caviar.proto.v1.PandaState;
import dev.caviar.proto.v1.PandaUpdate;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class PandaPlainViewTest {
  private Instant now = Instant.ofEpochMilli(Pandas.BEGUN);
  private final StringWriter out = new StringWriter();
  private final PandaPlainView view = new PandaPlainView(new PrintWriter(out), () -> now);

  @Test
  void tellsEntriesOncePhasesAndAlerts() {
    view.take(Pandas.update());
    view.take(Pandas.update());

    assertThat(out.toString().lines())
        .containsExactly(
            "branch 2  epoch 60  step 1380  train_loss 0.0601  dev_loss 0.0662  dev_error 0.0301"
                + "  learning_rate 0.003",
            "entry 1  start  branch 0, epoch 0, step 0  ng@mac",
            "entry 2  set learning_rate 0.01 -> 3  branch 0, epoch 5, step 115  ng@mac \"go"
                + " faster\"",
            "entry 3  rollback from branch 0, by checkpoint 1  branch 1, epoch 8, step 184  ng@mac"
                + " \"it went wrong\"",
            "entry 4  rollback from branch 1, by checkpoint 2  branch 2, epoch 10, step 230 "
                + " ng@mac",
            "entry 5  set learning_rate 3 -> 0.03  branch 2, epoch 10, step 230  ng@mac",
            "entry 6  set learning_rate 0.03 -> 0.003, batch_size 32 -> 64  branch 2, epoch 30,"
                + " step 705  ng@mac \"plateau\"",
            "entry 7  set momentum 2: refused, momentum must be below 1  branch 2, epoch 31, step"
                + " 713  ng@mac",
            "training on worker-a",
            "! dev_error has not fallen for 30 epochs",
            "  Try a smaller learning rate: caviar panda set ... learning_rate=0.001");
  }

  @Test
  void tellsAFewPointsASecond() {
    for (int epoch = 1; epoch <= 100; epoch++) {
      view.take(PandaUpdate.newBuilder().setBranch(1).addPoints(Pandas.point(1, epoch)).build());
      now = now.plusMillis(10);
    }

    assertThat(out.toString().lines())
        .hasSize(4)
        .first()
        .asString()
        .startsWith("branch 1  epoch 1 ");
  }

  @Test
  void saysWhyItRests() {
    view.take(
        PandaUpdate.newBuilder()
            .setState(
                PandaState.newBuilder()
                    .setPhase(PandaPhase.PANDA_DIVERGED)
                    .setReason("the training loss became NaN in epoch 6, step 130"))
            .build());

    assertThat(out.toString().strip())
        .isEqualTo("diverged: the training loss became NaN in epoch 6, step 130");
  }
}
