package dev.caviar.coordinator.space;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.caviar.coordinator.space.SweepDefinition.Metric;
import dev.caviar.coordinator.space.SweepDefinition.Objective;
import dev.caviar.coordinator.space.SweepDefinition.Of;
import dev.caviar.proto.v1.CurvePoint;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class CurveScoreTest {
  private static List<CurvePoint> curve(double... errors) {
    return IntStream.range(0, errors.length)
        .mapToObj(i -> CurvePoint.newBuilder().setEpoch(i + 1).setDevError(errors[i]).build())
        .toList();
  }

  private static Objective objective(boolean minimize, Of of, int over) {
    return new Objective(Metric.DEV_ERROR, minimize, of, over);
  }

  @Test
  void isTheLastTheBestOrTheMeanOfTheLast() {
    List<CurvePoint> curve = curve(0.5, 0.1, 0.4, 0.2);

    assertThat(objective(true, Of.LAST, 1).value(curve)).isEqualTo(0.2);
    assertThat(objective(true, Of.BEST, 1).value(curve)).isEqualTo(0.1);
    assertThat(objective(false, Of.BEST, 1).value(curve)).isEqualTo(0.5);
    assertThat(objective(true, Of.MEAN, 3).value(curve)).isCloseTo(0.7 / 3, offset(1e-15));
    assertThat(objective(true, Of.MEAN, 9).value(curve)).isCloseTo(1.2 / 4, offset(1e-15));
    assertThat(objective(true, Of.MEAN, 9).value(List.of())).isNull();
  }

  @Test
  void whatIsNoNumberIsNoBestButSpoilsAMean() {
    List<CurvePoint> curve = curve(Double.NaN, 0.3, Double.NaN);

    assertThat(objective(true, Of.BEST, 1).value(curve)).isEqualTo(0.3);
    assertThat(objective(false, Of.BEST, 1).value(curve)).isEqualTo(0.3);
    assertThat(objective(true, Of.BEST, 1).value(curve(Double.NaN))).isNaN();
    assertThat(objective(true, Of.MEAN, 2).value(curve)).isNaN();
  }

  @Test
  void readsEachMetric() {
    CurvePoint point =
        CurvePoint.newBuilder()
            .setTrainLoss(1)
            .setDevLoss(2)
            .setDevError(3)
            .setElapsedMicros(4_500_000)
            .setNetworkParameters(5)
            .build();

    assertThat(Metric.values())
        .extracting(metric -> metric.value(point))
        .containsExactly(3.0, 2.0, 1.0, 4.5, 5.0);
  }

  /** After a restart only those epochs are read again that count. */
  @Property
  void theEpochsThatCountSayAll(
      @ForAll @Size(min = 1, max = 30) List<@DoubleRange(min = -1, max = 1) Double> errors,
      @ForAll Of of,
      @ForAll boolean minimize,
      @ForAll @IntRange(min = 1, max = 10) int over) {
    List<CurvePoint> curve = curve(errors.stream().mapToDouble(e -> e).toArray());
    Objective objective = objective(minimize, of, of == Of.MEAN ? over : 1);
    int first = CurveScore.firstEpoch(objective, curve.size());

    assertThat(objective.value(curve.subList(first - 1, curve.size())))
        .isEqualTo(objective.value(curve));
  }

  @Test
  void aWholeCurveHasNoMoreEpochs() {
    CurveScore whole = new CurveScore(0.25);

    assertThat(whole.value()).isEqualTo(0.25);
    assertThatThrownBy(() -> whole.add(curve(0.5).getFirst()))
        .isInstanceOf(IllegalStateException.class);
  }
}
