package dev.caviar.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.TrialPoints;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every curve store does. */
abstract class CurveStoreContract {
  // Another for each test, since a store may be shared.
  private final String sweep = "sweep-" + UUID.randomUUID();

  abstract CurveStore store();

  static CurvePoint point(int epoch, double loss) {
    return CurvePoint.newBuilder().setEpoch(epoch).setStep(epoch * 10L).setDevLoss(loss).build();
  }

  static TrialPoints points(int trial, CurvePoint... points) {
    return TrialPoints.newBuilder().setTrial(trial).addAllPoints(List.of(points)).build();
  }

  static <T> T get(CompletionStage<T> stage) {
    return stage.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
  }

  @Test
  void givesPointsInTheOrderOfTheirEpochs() {
    get(store().append(sweep, List.of(points(0, point(1, 0.5), point(2, 0.4)))));
    get(store().append(sweep, List.of(points(1, point(1, 9)), points(0, point(3, 0.3)))));

    assertThat(get(store().read(sweep, 0, 1, 3)))
        .containsExactly(point(1, 0.5), point(2, 0.4), point(3, 0.3));
    assertThat(get(store().read(sweep, 0, 2, 2))).containsExactly(point(2, 0.4));
    assertThat(get(store().read(sweep, 0, 3, 1_000))).containsExactly(point(3, 0.3));
    assertThat(get(store().read(sweep, 0, 3, 2))).isEmpty();
    assertThat(get(store().read(sweep, 2, 0, 9))).isEmpty();
    assertThat(get(store().read("other", 0, 0, 9))).isEmpty();
  }

  @Test
  void leavesAnEpochThatIsThereAsItWas() {
    get(store().append(sweep, List.of(points(0, point(2, 0.2), point(3, 0.3)))));
    get(
        store()
            .append(
                sweep,
                List.of(
                    points(0, point(1, 1), point(2, 2), point(3, 3), point(4, 4), point(4, 44)))));

    assertThat(get(store().read(sweep, 0, 0, 9)))
        .containsExactly(point(1, 1), point(2, 0.2), point(3, 0.3), point(4, 4));
  }

  @Test
  void knowsTheLastPointOfEachTrial() {
    get(
        store()
            .append(
                sweep,
                List.of(points(0, point(1, 1), point(2, 2)), points(7, point(5, 5)), points(8))));
    get(store().append(sweep, List.of(points(0, point(3, 3)))));
    get(store().append(sweep + "-other", List.of(points(0, point(4, 4)))));

    assertThat(get(store().lastPoints(sweep, List.of(0, 1, 7, 8))))
        .isEqualTo(Map.of(0, point(3, 3), 7, point(5, 5)));
    assertThat(get(store().lastPoints(sweep, List.of(7)))).isEqualTo(Map.of(7, point(5, 5)));
    assertThat(get(store().lastPoints(sweep, List.of()))).isEmpty();
    assertThat(get(store().lastPoints("none", List.of(0, 7)))).isEmpty();
  }

  @Test
  void knowsTheLastPointsOfManyTrials() {
    List<Integer> trials = IntStream.range(0, 2_500).boxed().toList();
    get(store().append(sweep, trials.stream().map(n -> points(n, point(1, n))).toList()));

    Map<Integer, CurvePoint> last = get(store().lastPoints(sweep, trials));

    assertThat(last).hasSize(2_500).containsEntry(2_499, point(1, 2_499));
  }

  @Test
  void takesNothingAtAll() {
    get(store().append(sweep, List.of()));

    assertThat(get(store().lastPoints(sweep, List.of(0)))).isEmpty();
  }

  @Test
  void isWhatAMapWouldBeWhateverComesInWhicheverOrder() {
    Random random = new Random(1);
    Map<Integer, TreeMap<Integer, CurvePoint>> expected = new HashMap<>();
    List<CompletableFuture<?>> appends = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      int trial = random.nextInt(4);
      int first = random.nextInt(60);
      List<CurvePoint> some = new ArrayList<>();
      for (int epoch = first; epoch < first + random.nextInt(8); epoch++) {
        some.add(point(epoch, random.nextDouble()));
      }
      if (random.nextInt(4) == 0) {
        Collections.shuffle(some, random);
      }
      some.forEach(
          p -> expected.computeIfAbsent(trial, t -> new TreeMap<>()).putIfAbsent(p.getEpoch(), p));
      appends.add(
          store()
              .append(sweep, List.of(points(trial, some.toArray(CurvePoint[]::new))))
              .toCompletableFuture());
    }
    appends.forEach(CurveStoreContract::get);

    expected.forEach(
        (trial, curve) -> {
          assertThat(get(store().read(sweep, trial, 0, 100)))
              .containsExactlyElementsOf(curve.values());
          assertThat(get(store().read(sweep, trial, 20, 30)))
              .containsExactlyElementsOf(curve.subMap(20, true, 30, true).values());
          assertThat(get(store().lastPoints(sweep, List.of(trial))).get(trial))
              .isEqualTo(curve.lastEntry().getValue());
        });
  }
}
