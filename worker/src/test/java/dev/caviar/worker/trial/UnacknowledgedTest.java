package dev.caviar.worker.trial;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.Lease;
import dev.caviar.proto.v1.TrialTuned;
import dev.caviar.proto.v1.WorkerMessage;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class UnacknowledgedTest {
  private static final Lease LEASE = Lease.newBuilder().setSweepId("s").setTrial(3).build();

  private final Unacknowledged said = new Unacknowledged(LEASE);

  @Test
  void saysPointsAndAnswersAgainInTheirOrder() {
    said.add(points(1, 3));
    said.add(answer(1));
    said.add(answer(2));
    said.add(points(4, 4));
    said.add(points(5, 6));
    assertThat(again()).containsExactly("1-3", "answer 1", "answer 2", "4-6");
    said.pointsStored(4);
    said.answerStored(1);
    assertThat(again()).containsExactly("answer 2", "5-6");
    assertThat(said.again()).allSatisfy(message -> assertThat(lease(message)).isEqualTo(LEASE));
    said.pointsStored(6);
    said.answerStored(7);
    said.answerStored(2);
    assertThat(said.again()).isEmpty();
  }

  @Test
  void saysManyPointsInMessagesThatAreNotTooLarge() {
    said.add(points(1, 2_500));
    said.add(answer(9));
    said.add(points(2_501, 3_500));
    assertThat(again())
        .containsExactly("1-1000", "1001-2000", "2001-2500", "answer 9", "2501-3500");
  }

  @Test
  void isFullUntilSomeAreStored() {
    said.add(points(1, Unacknowledged.FULL - 1));
    assertThat(said.isFull()).isFalse();
    said.add(points(Unacknowledged.FULL, Unacknowledged.FULL));
    assertThat(said.isFull()).isTrue();
    said.pointsStored(1);
    assertThat(said.isFull()).isFalse();
  }

  private List<String> again() {
    return said.again().stream()
        .map(
            message ->
                message.hasTrialTuned()
                    ? "answer " + message.getTrialTuned().getChangeId()
                    : epochs(message.getTrialReport().getPointsList()))
        .toList();
  }

  private static String epochs(List<CurvePoint> points) {
    for (int i = 1; i < points.size(); i++) {
      assertThat(points.get(i).getEpoch()).isEqualTo(points.get(i - 1).getEpoch() + 1);
    }
    return points.getFirst().getEpoch() + "-" + points.getLast().getEpoch();
  }

  private static Lease lease(WorkerMessage message) {
    return message.hasTrialTuned()
        ? message.getTrialTuned().getLease()
        : message.getTrialReport().getLease();
  }

  private static List<CurvePoint> points(int first, int last) {
    return IntStream.rangeClosed(first, last)
        .mapToObj(epoch -> CurvePoint.newBuilder().setEpoch(epoch).build())
        .toList();
  }

  private static TrialTuned answer(long id) {
    return TrialTuned.newBuilder().setLease(LEASE).setChangeId(id).build();
  }
}
