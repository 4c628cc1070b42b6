package dev.caviar.cli.panda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caviar.proto.v1.RollBackPandaRequest;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RollbackTargetTest {
  @Test
  void readsWhatUsersWrite() {
    assertThat(RollbackTarget.parse("best")).isEqualTo(new RollbackTarget.Best());
    assertThat(RollbackTarget.parse(" 2h ")).isEqualTo(new RollbackTarget.Ago(Duration.ofHours(2)));
    assertThat(RollbackTarget.parse("1d12h30m5s"))
        .isEqualTo(new RollbackTarget.Ago(Duration.ofHours(36).plusMinutes(30).plusSeconds(5)));
    assertThat(RollbackTarget.parse("yesterday"))
        .isEqualTo(new RollbackTarget.Ago(Duration.ofDays(1)));
    assertThat(RollbackTarget.parse("step:12000")).isEqualTo(new RollbackTarget.Step(12_000));
    assertThat(RollbackTarget.parse("epoch:0")).isEqualTo(new RollbackTarget.Epoch(0));
    assertThat(RollbackTarget.parse("branch:1")).isEqualTo(new RollbackTarget.Branch(1));
    assertThat(RollbackTarget.parse("checkpoint:7")).isEqualTo(new RollbackTarget.Checkpoint(7));
    assertThat(RollbackTarget.parse("before-lunch"))
        .isEqualTo(new RollbackTarget.Named("before-lunch"));
    assertThat(RollbackTarget.parse("name:2h")).isEqualTo(new RollbackTarget.Named("2h"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "name:", "step:", "step:x", "step:-1", "epoch:2147483648", "lunch:1"})
  void saysWhatItCouldBe(String text) {
    assertThatThrownBy(() -> RollbackTarget.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .message()
        .containsPattern("there is best, a time ago|a whole number from 0 on, such as \\w+:12");
  }

  @Test
  void asksTheCoordinatorForIt() {
    assertThat(request("2h").getAgoMillis()).isEqualTo(7_200_000);
    assertThat(request("best").getBest()).isTrue();
    assertThat(request("step:5").getStep()).isEqualTo(5);
    assertThat(request("epoch:5").getEpoch()).isEqualTo(5);
    assertThat(request("branch:0").getToCase()).isEqualTo(RollBackPandaRequest.ToCase.BRANCH);
    assertThat(request("checkpoint:5").getCheckpoint()).isEqualTo(5);
    assertThat(request("before-lunch").getName()).isEqualTo("before-lunch");
  }

  private static RollBackPandaRequest request(String target) {
    RollBackPandaRequest.Builder request = RollBackPandaRequest.newBuilder();
    RollbackTarget.parse(target).into(request);
    return request.build();
  }
}
