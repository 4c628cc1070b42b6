package dev.caviar.coordinator.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import dev.caviar.coordinator.search.History.Status;
import dev.caviar.coordinator.search.History.TrialRecord;
import dev.caviar.coordinator.space.Point;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RepeatedPointTest {
  private static final Point POINT = new Point(Map.of());

  private static TrialRecord trial(Status status, @Nullable Double objective, double violation) {
    return new TrialRecord(
        0,
        POINT,
        status,
        objective,
        Collections.emptySortedMap(),
        violation,
        objective == null ? List.of() : List.of(10 * objective));
  }

  private static TrialRecord completed(double objective) {
    return trial(Status.COMPLETED, objective, 0);
  }

  @Test
  void isTheMeanOfItsTrialsOnceAllAreCompleted() {
    TrialRecord record =
        RepeatedPoint.record(4, List.of(completed(0.1), completed(0.2), completed(0.6)), 3);

    assertThat(record.trial()).isEqualTo(4);
    assertThat(record.status()).isEqualTo(Status.COMPLETED);
    assertThat(record.objective()).isCloseTo(0.3, offset(1e-15));
    assertThat(record.others()).hasSize(1);
    assertThat(record.others().getFirst()).isCloseTo(3, offset(1e-14));
  }

  @Test
  void runsUntilTheLastIsOver() {
    assertThat(RepeatedPoint.record(0, List.of(completed(0.1), completed(0.2)), 3).status())
        .isEqualTo(Status.RUNNING);
    TrialRecord one =
        RepeatedPoint.record(
            0, List.of(completed(0.1), trial(Status.RUNNING, null, 0), completed(0.1)), 3);
    assertThat(one.status()).isEqualTo(Status.RUNNING);
    assertThat(one.objective()).isNull();
  }

  @Test
  void failsWithOneOfThem() {
    TrialRecord infeasible = trial(Status.INFEASIBLE, null, 0.5);
    TrialRecord failed = trial(Status.FAILED, null, 0);

    TrialRecord broken = RepeatedPoint.record(0, List.of(completed(0.1), infeasible), 2);
    assertThat(broken.status()).isEqualTo(Status.INFEASIBLE);
    assertThat(broken.violation()).isEqualTo(0.25);
    assertThat(broken.objective()).isNull();
    assertThat(RepeatedPoint.record(0, List.of(failed, infeasible), 2).status())
        .isEqualTo(Status.FAILED);
  }

  /** By hand: the deviations of 1, 2 and 6 from 3 are 2, 1 and 3, their squares over 2 make 7. */
  @Test
  void theStandardErrorIsOfTheMean() {
    assertThat(RepeatedPoint.mean(List.of(1.0, 2.0, 6.0))).isEqualTo(3);
    assertThat(RepeatedPoint.standardError(List.of(1.0, 2.0, 6.0)))
        .isCloseTo(Math.sqrt(7.0 / 3), offset(1e-15));
    assertThat(RepeatedPoint.standardError(List.of(5.0, 5.0))).isZero();
  }
}
