package dev.caviar.coordinator.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.proto.v1.CurvePoint;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class CurveThinningTest {
  private static List<CurvePoint> curve(int epochs, long seed) {
    Random random = new Random(seed);
    List<CurvePoint> points = new ArrayList<>();
    for (int epoch = 1; epoch <= epochs; epoch++) {
      double error = epoch % 97 == 0 ? Double.NaN : random.nextDouble();
      points.add(CurvePoint.newBuilder().setEpoch(epoch).setDevError(error).build());
    }
    return points;
  }

  @Property
  void keepsTheEndsAndThePeaksAndNoMoreThanAreWanted(
      @ForAll @IntRange(max = 700) int epochs,
      @ForAll @IntRange(min = CurveThinning.FEWEST, max = 300) int most,
      @ForAll long seed) {
    List<CurvePoint> points = curve(epochs, seed);

    List<CurvePoint> thin = CurveThinning.thin(points, most, CurvePoint::getDevError);

    assertThat(thin).hasSizeLessThanOrEqualTo(most);
    assertThat(points).containsAll(thin);
    assertThat(thin).extracting(CurvePoint::getEpoch).isSorted().doesNotHaveDuplicates();
    if (epochs <= most) {
      assertThat(thin).isEqualTo(points);
      return;
    }
    assertThat(thin.getFirst()).isEqualTo(points.getFirst());
    assertThat(thin.getLast()).isEqualTo(points.getLast());
    // Boxed, so that not a number is equal to itself.
    Comparator<Double> bySize = Comparator.naturalOrder();
    assertThat(errors(thin).min(bySize)).isEqualTo(errors(points).min(bySize));
    assertThat(errors(thin).max(bySize)).isEqualTo(errors(points).max(bySize));
  }

  private static Stream<Double> errors(List<CurvePoint> points) {
    return points.stream().map(CurvePoint::getDevError);
  }
}
