package dev.caviar.coordinator.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.TrialPoints;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.TrialStatus;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** What watchers see stands in the same places, whether trials are packed or not. */
@NullUnmarked
class SweepFeedTest {
  private static final int PAGE = 3;
  private static final int PAGES = 20;

  private final SweepFeed plain = new SweepFeed(1_000);
  private final SweepFeed packed = new SweepFeed(1_000);

  private static TrialStatus status(int trial) {
    return TrialStatus.newBuilder().setTrial(trial).setState(TrialState.COMPLETED).build();
  }

  private static TrialPage page(int number) {
    return TrialPage.packed(number * PAGE, Map.of(TrialState.COMPLETED, PAGE), new byte[0]);
  }

  /** Cursor, trial, and which of the two it is. */
  private static List<String> places(List<SweepFeed.Entry> entries) {
    return entries.stream()
        .map(
            entry ->
                switch (entry) {
                  case SweepFeed.Update(var update) ->
                      update.hasPoints()
                          ? "%d points %d to %d"
                              .formatted(
                                  update.getCursor(),
                                  update.getPoints().getTrial(),
                                  update.getPoints().getPointsList().getLast().getEpoch())
                          : update.getCursor() + " status " + update.getTrial().getTrial();
                  case SweepFeed.StoredCurve(long cursor, int trial, int attempt, int epochs) ->
                      cursor + " curve " + trial;
                  case SweepFeed.PackedStatus(long cursor, int trial) ->
                      cursor + " status " + trial;
                  case SweepFeed.PackedCurve(long cursor, int trial) -> cursor + " curve " + trial;
                })
        .toList();
  }

  @Test
  void isTheSameWhicheverPagesArePackedWhen() {
    Random random = new Random(1);
    Set<Integer> packedPages = new HashSet<>();
    for (int i = 0; i < 5_000; i++) {
      int number = random.nextInt(PAGES);
      boolean isPacked = packedPages.contains(number);
      switch (random.nextInt(6)) {
        case 0 -> {
          if (!isPacked) {
            packed.pack(page(number));
            packedPages.add(number);
          }
        }
        case 1 -> {
          if (isPacked) {
            packed.unpack(
                page(number),
                SweepFeedTest::status,
                trial -> new SweepFeed.StoredCurve(0, trial, 1, 9));
            packedPages.remove(number);
          }
        }
        default -> {
          int trial = number * PAGE + random.nextInt(PAGE);
          if (!isPacked && random.nextBoolean()) {
            plain.add(status(trial));
            packed.add(status(trial));
          } else if (!isPacked) {
            plain.store(trial, 1, 9);
            packed.store(trial, 1, 9);
          }
        }
      }
      long after = random.nextInt(10) == 0 ? 0 : 1_000 + random.nextInt(i + 1);
      int limit = 1 + random.nextInt(50);
      assertThat(places(packed.after(after, limit))).isEqualTo(places(plain.after(after, limit)));
    }
    assertThat(packed.cursor()).isEqualTo(plain.cursor());
    assertThat(packedPages).isNotEmpty();
  }

  @Test
  void aPageOfAnEarlierLifeHasAStatusAndACurveOfEachTrial() {
    packed.add(page(0));
    packed.add(page(1));
    packed.add(status(2 * PAGE));

    assertThat(places(packed.after(0, 100)))
        .containsExactly(
            "1001 curve 0",
            "1002 status 0",
            "1003 curve 1",
            "1004 status 1",
            "1005 curve 2",
            "1006 status 2",
            "1007 curve 3",
            "1008 status 3",
            "1009 curve 4",
            "1010 status 4",
            "1011 curve 5",
            "1012 status 5",
            "1013 status 6");
    assertThat(places(packed.after(1_011, 2))).containsExactly("1012 status 5", "1013 status 6");
  }

  private static TrialPoints points(int trial, int first, int last) {
    TrialPoints.Builder points = TrialPoints.newBuilder().setTrial(trial).setAttempt(1);
    for (int epoch = first; epoch <= last; epoch++) {
      points.addPoints(CurvePoint.newBuilder().setEpoch(epoch));
    }
    return points.build();
  }

  @Test
  void pointsOfTrialsThatAreOverStayUntilThereAreManyMore() {
    plain.add(points(0, 1, 2));
    plain.add(points(1, 1, 2));
    plain.add(points(0, 3, 4));
    plain.store(0, 1, 4);
    plain.store(1, 1, 2);
    List<String> all = List.of("1001 points 0 to 2", "1002 points 1 to 2", "1003 points 0 to 4");
    assertThat(places(plain.after(0, 10))).isEqualTo(all);

    plain.add(points(2, 1, SweepFeed.POINTS_KEPT - 5));
    // Of a trial that runs there may be any number.
    assertThat(places(plain.after(0, 3))).isEqualTo(all);
    plain.store(2, 1, SweepFeed.POINTS_KEPT - 5);

    assertThat(places(plain.after(0, 3)))
        .containsExactly("1002 points 1 to 2", "1003 curve 0", "1004 points 2 to 99995");
    // Whoever has seen the last of them does not get them again.
    assertThat(places(plain.after(1_003, 3))).containsExactly("1004 points 2 to 99995");
  }

  @Test
  void pointsOfATrialThatGoesOnStay() {
    plain.add(points(0, 1, 2));
    plain.store(0, 1, 2);
    plain.add(points(0, 3, 3)); // It was revived.

    plain.add(points(1, 1, SweepFeed.POINTS_KEPT));
    plain.store(1, 1, SweepFeed.POINTS_KEPT);
    plain.add(points(2, 1, 1));
    plain.store(2, 1, 1);
    assertThat(places(plain.after(0, 10)))
        .containsExactly(
            "1001 points 0 to 2", "1002 points 0 to 3", "1003 curve 1", "1004 points 2 to 1");

    plain.store(0, 2, 3);
    assertThat(places(plain.after(0, 2)))
        .containsExactly("1001 points 0 to 2", "1002 points 0 to 3");
  }

  @Test
  void aCurveOfMorePointsThanAreKeptIsReadFromTheStore() {
    plain.add(points(0, 1, 2));
    plain.store(0, 1, 2);
    plain.add(points(1, 1, SweepFeed.POINTS_KEPT + 1));
    plain.store(1, 1, SweepFeed.POINTS_KEPT + 1);

    assertThat(places(plain.after(0, 10))).containsExactly("1001 points 0 to 2", "1002 curve 1");
  }

  @Test
  void packedTrialsLeaveRoomForOthers() {
    packed.add(points(0, 1, SweepFeed.POINTS_KEPT));
    packed.store(0, 1, SweepFeed.POINTS_KEPT);
    packed.pack(page(0));
    packed.add(points(3, 1, 9));
    packed.store(3, 1, 9);
    packed.add(points(4, 1, SweepFeed.POINTS_KEPT - 9));
    packed.store(4, 1, SweepFeed.POINTS_KEPT - 9);

    assertThat(places(packed.after(0, 10)))
        .containsExactly("1001 curve 0", "1002 points 3 to 9", "1003 points 4 to 99991");
  }
}
