package dev.caviar.coordinator.search;

import static dev.caviar.coordinator.search.Spaces.always;
import static dev.caviar.coordinator.search.Spaces.number;
import static dev.caviar.coordinator.search.Spaces.real;
import static dev.caviar.coordinator.search.Spaces.space;
import static dev.caviar.coordinator.search.Spaces.whole;
import static dev.caviar.coordinator.search.Spaces.widening;
import static dev.caviar.coordinator.search.Spaces.words;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.Scale;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import java.util.List;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ZoomTest {
  private static final SearchSpace SPACE =
      space(
          always("learning_rate", real(Scale.LOG, 1e-4, 1)),
          always("hidden_layers", whole(Scale.LINEAR, 1, 8)),
          always("activation", words("relu", "tanh", "sigmoid")));

  private static List<Zoom> zooms(SearchSpace space, ToDoubleFunction<Point> objective) {
    Sampler sampler = new CoarseToFineSampler(space, new Search.CoarseToFine(60, 1, 3, 0.25));
    History history = Spaces.run(sampler, 60, objective);
    List<Stage> stages =
        Stream.of(0, 20, 40)
            .map(trial -> Objects.requireNonNull(Spaces.stage(sampler, trial, history)))
            .toList();
    return Zoom.of(space, stages, history.trials());
  }

  /** Best in the middle of all. */
  private static double bowl(Point point) {
    return Math.abs(Math.log10(number(point, "learning_rate")) + 2)
        + Math.abs(number(point, "hidden_layers") - 4.5);
  }

  @Test
  void tellsWhichTrialsABoxWasDrawnAround() {
    Zoom second = zooms(SPACE, ZoomTest::bowl).get(1);

    assertThat(second.before()).isEqualTo(20);
    assertThat(second.completed()).isEqualTo(20);
    assertThat(second.stage().drawnFrom()).hasSize(5);
    assertThat(second.inside()).containsAll(second.stage().drawnFrom()).isSorted();
    assertThat(second.worstKept()).isPositive();
    Zoom.Side rate = second.sides().getFirst();
    double lowest = ((ParameterValue.Real) Objects.requireNonNull(rate.lowest())).value();
    double highest = ((ParameterValue.Real) Objects.requireNonNull(rate.highest())).value();
    Domain.RealRange box = (Domain.RealRange) rate.side().domain();
    assertThat(lowest).isGreaterThan(box.min()).isLessThan(highest);
    assertThat(highest).isLessThan(box.max());
    assertThat(rate.ofBefore())
        .isLessThan(1)
        .isEqualTo(rate.ofRange())
        .isEqualTo(Scale.LOG.toUnit(box.max(), 1e-4, 1) - Scale.LOG.toUnit(box.min(), 1e-4, 1));
    assertThat(second.sides()).allMatch(side -> side.unlimited() == null);
    assertThat(second.sides().get(2).lowest()).isNull();
  }

  @Test
  void theFirstStageIsAllThereIs() {
    Zoom first = zooms(SPACE, ZoomTest::bowl).getFirst();

    assertThat(first.before()).isZero();
    assertThat(first.worstKept()).isNull();
    assertThat(first.inside()).isEmpty();
    assertThat(first.sides())
        .allMatch(side -> side.ofBefore() == 1 && side.ofRange() == 1 && side.lowest() == null);
  }

  @Test
  void sharesMultiply() {
    List<Zoom> zooms = zooms(SPACE, ZoomTest::bowl);
    for (int i = 0; i < 3; i++) {
      double product =
          zooms.get(1).sides().get(i).ofBefore() * zooms.get(2).sides().get(i).ofBefore();
      assertThat(zooms.get(2).sides().get(i).ofRange()).isCloseTo(product, within(1e-12));
    }
  }

  @Test
  void saysWhatWideningWouldChange() {
    Domain.RealRange range = real(Scale.LOG, 1e-4, 1);
    ToDoubleFunction<Point> more = point -> -number(point, "learning_rate");
    Zoom.Side narrow = zooms(space(always("learning_rate", range)), more).get(1).sides().getFirst();
    Zoom.Side wide =
        zooms(space(widening("learning_rate", range, real(Scale.LOG, 1e-4, 1.5))), more)
            .get(1)
            .sides()
            .getFirst();
    Zoom.Side enough =
        zooms(space(widening("learning_rate", range, real(Scale.LOG, 1e-4, 1e4))), more)
            .get(1)
            .sides()
            .getFirst();

    assertThat(narrow.side().hitUpperEdge()).isTrue();
    assertThat(narrow.allowed()).isNull();
    Domain.RealRange unlimited = (Domain.RealRange) Objects.requireNonNull(narrow.unlimited());
    assertThat(unlimited.max()).isGreaterThan(1.5);
    assertThat(wide.allowed()).isEqualTo(real(Scale.LOG, 1e-4, 1.5));
    assertThat(wide.unlimited()).isEqualTo(unlimited);
    assertThat(((Domain.RealRange) wide.side().domain()).max()).isEqualTo(1.5);
    assertThat(enough.unlimited()).isNull();
    assertThat(enough.side().domain()).isEqualTo(unlimited);
  }

  @Test
  void noWideningReachesPastWhatIsLegal() {
    SearchSpace space =
        space(
            always("dropout", real(Scale.LINEAR, 0.1, 0.9)),
            always("hidden_layers", whole(Scale.LINEAR, 0, 19)),
            always("momentum", real(Scale.ONE_MINUS_LOG, 0.9, 0.999)),
            always("l2", real(Scale.LINEAR, 0, 1)));
    List<Zoom> zooms =
        zooms(
            space,
            p ->
                -number(p, "dropout")
                    - number(p, "hidden_layers") / 10
                    - Math.log(1 / (1 - number(p, "momentum")))
                    + number(p, "l2"));

    for (Zoom zoom : zooms.subList(1, 3)) {
      for (Zoom.Side side : zoom.sides()) {
        switch (side.unlimited()) {
          case Domain.RealRange r -> assertThat(r.min()).isNotNegative();
          case Domain.WholeRange w -> assertThat(w.max()).isLessThanOrEqualTo(20);
          case null, default -> {}
        }
        if (side.unlimited() instanceof Domain.RealRange r
            && !side.side().dimension().equals("l2")) {
          assertThat(r.max()).isLessThan(1);
        }
      }
    }
    assertThat(zooms.stream().flatMap(zoom -> zoom.sides().stream()))
        .anyMatch(side -> side.unlimited() != null);
  }
}
