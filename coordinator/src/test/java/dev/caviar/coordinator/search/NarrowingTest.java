package dev.caviar.coordinator.search;

import static dev.caviar.coordinator.search.Spaces.always;
import static dev.caviar.coordinator.search.Spaces.real;
import static dev.caviar.coordinator.search.Spaces.whole;
import static dev.caviar.coordinator.search.Spaces.widening;
import static dev.caviar.coordinator.search.Spaces.word;
import static dev.caviar.coordinator.search.Spaces.words;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Scale;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class NarrowingTest {
  private static final Dimension UNIT = always("x", real(Scale.LINEAR, 0, 1));

  private static Stage.Side side(Domain domain) {
    return new Stage.Side("x", domain, false, false, false);
  }

  private static Stage.Side next(Dimension dimension, Domain before, double... best) {
    return Narrowing.of(
        dimension,
        side(before),
        Arrays.stream(best).<ParameterValue>mapToObj(ParameterValue.Real::new).toList());
  }

  private static Stage.Side nextWhole(Dimension dimension, Domain before, long... best) {
    return Narrowing.of(
        dimension,
        side(before),
        Arrays.stream(best).<ParameterValue>mapToObj(ParameterValue.Whole::new).toList());
  }

  private static void assertRange(Stage.Side side, double min, double max) {
    Domain.RealRange range = (Domain.RealRange) side.domain();
    assertThat(range.min()).isCloseTo(min, within(1e-12));
    assertThat(range.max()).isCloseTo(max, within(1e-12));
  }

  @Test
  void spansTheBestWithHalfTheirAverageGap() {
    // Two gaps of 0.3 on average: 0.15 to either side.
    Stage.Side side = next(UNIT, UNIT.domain(), 0.5, 0.2, 0.8);

    assertRange(side, 0.05, 0.95);
    assertThat(side.hitLowerEdge() || side.hitUpperEdge() || side.widened()).isFalse();
  }

  @Test
  void addsAtLeastATenthOfTheSideBefore() {
    assertRange(next(UNIT, UNIT.domain(), 0.5, 0.49, 0.51), 0.39, 0.61);
    assertRange(next(UNIT, UNIT.domain(), 0.5), 0.4, 0.6);
    assertRange(next(UNIT, real(Scale.LINEAR, 0.4, 0.6), 0.5), 0.48, 0.52);
  }

  @Test
  void doesNotReachPastTheSideBeforeUnlessTheBestIsAtItsEdge() {
    // 0.22 would reach down to 0.18; the best, 0.3, is not at the edge.
    assertRange(next(UNIT, real(Scale.LINEAR, 0.2, 0.6), 0.3, 0.22), 0.2, 0.34);
    // An earlier stage's trial, outside the side before.
    assertRange(next(UNIT, real(Scale.LINEAR, 0.2, 0.6), 0.3, 0.05), 0.2, 0.35);
  }

  @Test
  void movesWhereTheBestIsAtAnEdge() {
    // 0.42 .. 0.5 is 0.39 .. 0.53 with margins of 0.04 -> moved down around 0.42.
    Stage.Side side = next(UNIT, real(Scale.LINEAR, 0.4, 0.8), 0.42, 0.5);

    assertThat(side.hitLowerEdge()).isTrue();
    assertThat(side.hitUpperEdge()).isFalse();
    assertRange(side, 0.34, 0.5);
    Stage.Side up = next(UNIT, real(Scale.LINEAR, 0.2, 0.6), 0.58, 0.5);
    assertThat(up.hitUpperEdge()).isTrue();
    assertRange(up, 0.5, 0.66);
  }

  @Test
  void stopsAtTheSpacesEdge() {
    Stage.Side side = next(UNIT, UNIT.domain(), 0.98, 0.8);

    assertThat(side.hitUpperEdge()).isTrue();
    assertThat(side.widened()).isFalse();
    assertRange(side, 0.7, 1);
  }

  @Test
  void reachesPastTheSpacesEdgeWhereItMay() {
    Dimension dimension = widening("x", real(Scale.LINEAR, 0, 1), real(Scale.LINEAR, -1, 1.05));

    Stage.Side up = next(dimension, dimension.domain(), 0.98, 0.8);
    assertThat(up.widened()).isTrue();
    assertRange(up, 0.7, 1.05);
    Stage.Side down = next(dimension, dimension.domain(), 0.02, 0.4);
    assertThat(down.widened()).isTrue();
    assertThat(down.hitLowerEdge()).isTrue();
    // 0.02 .. 0.4 with 0.19 to either side, moved around 0.02.
    assertRange(down, -0.36, 0.4);
    assertThat(next(dimension, dimension.domain(), 0.5, 0.4).widened()).isFalse();
  }

  @Test
  void measuresOnTheScale() {
    Dimension log = always("x", real(Scale.LOG, 1e-4, 1));
    assertRange(next(log, log.domain(), 1e-2), Math.pow(10, -2.4), Math.pow(10, -1.6));

    Dimension beta =
        widening("x", real(Scale.ONE_MINUS_LOG, 0.9, 0.99), real(Scale.ONE_MINUS_LOG, 0.9, 0.9999));
    Stage.Side up = next(beta, beta.domain(), 0.99);
    // A tenth of a power of ten to either side.
    assertThat(((Domain.RealRange) up.domain()).max())
        .isCloseTo(1 - Math.pow(10, -2.1), within(1e-9));
  }

  @Test
  void endsThatStayAreKeptToTheLastDigit() {
    Dimension rate = widening("x", real(Scale.LOG, 1e-4, 0.3), real(Scale.LOG, 1e-5, 7.0));

    Domain.RealRange up = (Domain.RealRange) next(rate, rate.domain(), 0.3, 1e-4).domain();
    assertThat(up.max()).isEqualTo(7.0);
    Domain.RealRange down = (Domain.RealRange) next(rate, rate.domain(), 1e-4, 0.3).domain();
    assertThat(down.min()).isEqualTo(1e-5);
    Domain.RealRange same =
        (Domain.RealRange) next(rate, real(Scale.LOG, 1.1e-4, 0.29), 0.01, 1.2e-4, 0.2).domain();
    assertThat(same.min()).isEqualTo(1.1e-4);
    assertThat(same.max()).isEqualTo(0.29);
  }

  @Test
  void wholeNumbersKeepTheBestsNeighbours() {
    Dimension dimension = always("x", whole(Scale.LINEAR, 1, 10));

    assertThat(nextWhole(dimension, dimension.domain(), 5, 5, 5).domain())
        .isEqualTo(whole(Scale.LINEAR, 4, 6));
    assertThat(nextWhole(dimension, whole(Scale.LINEAR, 4, 6), 5).domain())
        .isEqualTo(whole(Scale.LINEAR, 4, 6));
    Stage.Side moved = nextWhole(dimension, whole(Scale.LINEAR, 4, 6), 4, 5);
    assertThat(moved.hitLowerEdge()).isTrue();
    assertThat(moved.domain()).isEqualTo(whole(Scale.LINEAR, 3, 5));
    Stage.Side atTheEnd = nextWhole(dimension, dimension.domain(), 10, 9);
    assertThat(atTheEnd.hitUpperEdge()).isTrue();
    assertThat(atTheEnd.domain()).isEqualTo(whole(Scale.LINEAR, 8, 10));
  }

  @Test
  void aWholeNumberWithoutARangeHasNoEdges() {
    Dimension dimension = always("x", whole(Scale.LINEAR, 7, 7));

    assertThat(nextWhole(dimension, dimension.domain(), 7)).isEqualTo(side(dimension.domain()));
  }

  @Test
  void keepsTheChoicesThatAppear() {
    Dimension dimension = always("x", words("a", "b", "c"));

    assertThat(
            Narrowing.of(dimension, side(dimension.domain()), List.of(word("c"), word("a")))
                .domain())
        .isEqualTo(words("a", "c"));
    // Even one that was left out before.
    assertThat(Narrowing.of(dimension, side(words("a")), List.of(word("c"))).domain())
        .isEqualTo(words("c"));
  }

  @Test
  void keepsTheSideOfWhatDidNotApply() {
    Stage.Side before = new Stage.Side("x", real(Scale.LINEAR, 0.2, 1.2), true, false, true);

    assertThat(Narrowing.of(UNIT, before, List.of()))
        .isEqualTo(new Stage.Side("x", before.domain(), false, false, true));
  }
}
