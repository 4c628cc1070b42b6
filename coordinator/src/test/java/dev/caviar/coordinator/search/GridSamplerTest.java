package dev.caviar.coordinator.search;

import static dev.caviar.coordinator.search.Spaces.NO_HISTORY;
import static dev.caviar.coordinator.search.Spaces.always;
import static dev.caviar.coordinator.search.Spaces.points;
import static dev.caviar.coordinator.search.Spaces.real;
import static dev.caviar.coordinator.search.Spaces.sampled;
import static dev.caviar.coordinator.search.Spaces.space;
import static dev.caviar.coordinator.search.Spaces.units;
import static dev.caviar.coordinator.search.Spaces.when;
import static dev.caviar.coordinator.search.Spaces.whole;
import static dev.caviar.coordinator.search.Spaces.word;
import static dev.caviar.coordinator.search.Spaces.words;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Scale;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GridSamplerTest {
  private static GridSampler grid(SearchSpace space, int points) {
    return new GridSampler(space, new Search.Grid(1_000_000, 1, points));
  }

  private static List<Double> values(Domain domain, int points) {
    return points(grid(space(always("x", domain)), points), 1_000).stream()
        .map(p -> Spaces.number(p, "x"))
        .toList();
  }

  @Test
  void theLastDimensionVariesFastest() {
    GridSampler grid =
        grid(space(always("a", words("p", "q")), always("n", whole(Scale.LINEAR, 1, 3))), 3);

    assertThat(points(grid, 10))
        .extracting(p -> p.values().values().stream().map(Object::toString).toList())
        .containsExactly(
            List.of("Text[value=p]", "Whole[value=1]"),
            List.of("Text[value=p]", "Whole[value=2]"),
            List.of("Text[value=p]", "Whole[value=3]"),
            List.of("Text[value=q]", "Whole[value=1]"),
            List.of("Text[value=q]", "Whole[value=2]"),
            List.of("Text[value=q]", "Whole[value=3]"));
    assertThat(grid.size()).isEqualTo(6);
    assertThat(grid.propose(6, NO_HISTORY)).isEqualTo(new Proposal.Exhausted());
  }

  @Test
  void rangesAreEvenOnTheirScaleWithBothEnds() {
    assertThat(values(real(Scale.LINEAR, 0, 1), 5)).containsExactly(0.0, 0.25, 0.5, 0.75, 1.0);
    List<Double> log = values(real(Scale.LOG, 0.0001, 0.1), 4);
    assertThat(log.getFirst()).isEqualTo(0.0001);
    assertThat(log.get(1)).isCloseTo(0.001, within(1e-12));
    assertThat(log.getLast()).isEqualTo(0.1);
    List<Double> beta = values(real(Scale.ONE_MINUS_LOG, 0.9, 0.999), 3);
    assertThat(beta.get(1)).isCloseTo(0.99, within(1e-12));
  }

  @Test
  void wholeNumbersComeOnce() {
    assertThat(values(whole(Scale.LINEAR, 1, 4), 9)).containsExactly(1.0, 2.0, 3.0, 4.0);
    assertThat(values(whole(Scale.LOG, 1, 4), 9)).containsExactly(1.0, 2.0, 3.0, 4.0);
    assertThat(values(whole(Scale.LOG, 16, 256), 5)).containsExactly(16., 32., 64., 128., 256.);
    assertThat(values(whole(Scale.LINEAR, 7, 7), 3)).containsExactly(7.0);
    assertThat(values(whole(Scale.LINEAR, Long.MIN_VALUE, Long.MAX_VALUE), 3)).hasSize(3);
  }

  @Test
  void onePointIsTheMiddle() {
    assertThat(values(real(Scale.LINEAR, 0, 1), 1)).containsExactly(0.5);
    assertThat(values(real(Scale.LOG, 1, 100), 1).getFirst()).isCloseTo(10, within(1e-9));
  }

  @Test
  void aDimensionsOwnPointsGoBeforeTheSearchs() {
    Dimension x = new Dimension("x", "x", -1, real(Scale.LINEAR, 0, 1), null, 3, null);

    assertThat(grid(space(x, always("y", real(Scale.LINEAR, 0, 1))), 7).size()).isEqualTo(21);
  }

  @Test
  void conditionsMultiplyOnlyWhereTheyHold() {
    SearchSpace space =
        space(
            always("optimizer", words("sgd", "momentum", "adam")),
            when("momentum", real(Scale.LINEAR, 0, 1), "optimizer", word("momentum")),
            when("beta2", real(Scale.LINEAR, 0, 1), "optimizer", word("adam")),
            always("l2", real(Scale.LINEAR, 0, 1)));

    // sgd: 1, momentum: 4, adam: 4; each with 4 values of l2.
    assertThat(grid(space, 4).size()).isEqualTo(36);
    assertThat(points(grid(space, 4), 100)).hasSize(36).doesNotHaveDuplicates();
  }

  @Test
  void layersMultiplyOnlyWhereTheyAre() {
    Domain width = whole(Scale.LINEAR, 1, 3);
    SearchSpace space =
        space(
            always("hidden_layers", whole(Scale.LINEAR, 0, 3)),
            units(0, 3, width),
            units(1, 3, width),
            units(2, 3, width));

    assertThat(grid(space, 5).size()).isEqualTo(1 + 3 + 9 + 27);
    assertThat(points(grid(space, 5), 100)).hasSize(40).doesNotHaveDuplicates();
  }

  @Test
  void aConstantCountsOnlyWhereItIsUsed() {
    ParameterValue.Real constant = new ParameterValue.Real(0.9);
    SearchSpace space =
        new SearchSpace(
            List.of(
                always("optimizer", words("sgd", "momentum")),
                always("dropout", real(Scale.LINEAR, 0, 0.5)),
                when("l2", real(Scale.LINEAR, 0, 1), "momentum", constant)),
            Map.of("momentum", constant));

    assertThat(points(grid(space, 3), 100)).hasSize(3 + 9).doesNotHaveDuplicates();
    assertThat(grid(space, 3).size()).isEqualTo(12);
  }

  @Test
  void hugeGridsAreCountedNotListed() {
    Dimension[] forty =
        IntStream.range(0, 40)
            .mapToObj(i -> always("x" + i, real(Scale.LINEAR, 0, 1)))
            .toArray(Dimension[]::new);

    assertThat(grid(space(forty), 10).size()).isEqualTo(Long.MAX_VALUE);
    assertThat(sampled(grid(space(forty), 10), 123, NO_HISTORY).values())
        .containsEntry("x39", new ParameterValue.Real(3 / 9.0))
        .containsEntry("x38", new ParameterValue.Real(2 / 9.0))
        .containsEntry("x37", new ParameterValue.Real(1 / 9.0))
        .containsEntry("x36", new ParameterValue.Real(0));
  }

  @Test
  void manyValuesThatAConditionTestsAreCountedFast() {
    Domain thousand = whole(Scale.LINEAR, 1, 1000);
    ParameterValue one = new ParameterValue.Whole(1);
    Dimension last =
        new Dimension(
            "d",
            "d",
            -1,
            words("p", "q"),
            new Dimension.Condition(
                List.of(
                    new Dimension.Test("a", List.of(one)),
                    new Dimension.Test("b", List.of(one)),
                    new Dimension.Test("c", List.of(one)))),
            null,
            null);
    SearchSpace space =
        space(always("a", thousand), always("b", thousand), always("c", thousand), last);

    GridSampler grid = grid(space, 1000);

    // One combination of a, b and c has two values of d, the others have none.
    assertThat(grid.size()).isEqualTo(1_000_000_001L);
    assertThat(sampled(grid, 1, NO_HISTORY).values()).containsEntry("d", word("q"));
    assertThat(sampled(grid, 2, NO_HISTORY).values())
        .containsEntry("c", new ParameterValue.Whole(2))
        .doesNotContainKey("d");
  }

  @Test
  void runsNoMoreThanItsTrials() {
    SearchSpace space = space(always("x", real(Scale.LINEAR, 0, 1)));
    GridSampler grid = new GridSampler(space, new Search.Grid(2, 1, 5));

    assertThat(points(grid, 10)).hasSize(2);
    assertThat(grid.size()).isEqualTo(5);
  }

  @Test
  void aSpaceOfConstantsHasOnePoint() {
    assertThat(points(grid(space(), 3), 10)).hasSize(1);
  }
}
