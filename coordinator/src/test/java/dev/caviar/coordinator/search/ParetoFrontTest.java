package dev.caviar.coordinator.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class ParetoFrontTest {
  /** Few values, so that many are equal in one objective or in all. */
  @Provide
  Arbitrary<double[][]> losses() {
    return Arbitraries.integers()
        .between(1, 4)
        .flatMap(
            objectives ->
                Arbitraries.integers()
                    .between(0, 6)
                    .map(i -> i == 6 ? Double.NaN : (double) i)
                    .array(double[].class)
                    .ofSize(objectives)
                    .array(double[][].class)
                    .ofMinSize(1)
                    .ofMaxSize(25));
  }

  @Provide
  Arbitrary<double[][]> numbers() {
    return losses()
        .map(
            all ->
                Arrays.stream(all)
                    .map(p -> Arrays.stream(p).map(x -> Double.isNaN(x) ? 6 : x).toArray())
                    .toArray(double[][]::new));
  }

  @Test
  void dominatesWhatIsWorseInOneAndBetterInNone() {
    assertThat(ParetoFront.dominates(new double[] {1, 2}, new double[] {1, 3})).isTrue();
    assertThat(ParetoFront.dominates(new double[] {1, 2}, new double[] {1, 2})).isFalse();
    assertThat(ParetoFront.dominates(new double[] {1, 2}, new double[] {0, 3})).isFalse();
    assertThat(ParetoFront.dominates(new double[] {1, 2}, new double[] {1, Double.NaN})).isTrue();
  }

  /** Peeled off one after the other, as their definition says. */
  @Property
  void ranksAreTheFrontsOfWhatIsLeft(@ForAll("losses") double[][] losses) {
    int[] expected = new int[losses.length];
    Arrays.fill(expected, -1);
    for (int rank = 0; Arrays.stream(expected).anyMatch(r -> r < 0); rank++) {
      List<Integer> left =
          IntStream.range(0, losses.length).filter(i -> expected[i] < 0).boxed().toList();
      List<Integer> front =
          left.stream()
              .filter(
                  i -> left.stream().noneMatch(j -> ParetoFront.dominates(losses[j], losses[i])))
              .toList();
      int of = rank;
      front.forEach(i -> expected[i] = of);
    }

    assertThat(ParetoFront.ranks(losses)).isEqualTo(expected);
  }

  /** Losses are whole numbers, so the volume is a number of unit cells. */
  @Property
  void theHypervolumeIsWhatIsDominated(@ForAll("numbers") double[][] losses) {
    int objectives = losses[0].length;
    double[] reference = new double[objectives];
    Arrays.fill(reference, 6);
    long cells = 0;
    for (int cell = 0; cell < Math.pow(6, objectives); cell++) {
      int[] at = new int[objectives];
      for (int i = 0, rest = cell; i < objectives; i++, rest /= 6) {
        at[i] = rest % 6;
      }
      cells +=
          Arrays.stream(losses)
                  .anyMatch(p -> IntStream.range(0, objectives).allMatch(i -> p[i] <= at[i]))
              ? 1
              : 0;
    }

    assertThat(ParetoFront.hypervolume(losses, reference)).isCloseTo((double) cells, offset(1e-9));
  }

  @Property
  void theBestAreOfTheLowestRanks(@ForAll("numbers") double[][] losses, @ForAll int any) {
    int count = Math.floorMod(any, losses.length + 1);
    int[] ranks = ParetoFront.ranks(losses);
    int[] best = ParetoFront.best(losses, count);

    assertThat(best).hasSize(count).doesNotHaveDuplicates().isSorted();
    int worst = Arrays.stream(best).map(i -> ranks[i]).max().orElse(-1);
    for (int i = 0; i < ranks.length; i++) {
      int place = i;
      if (ranks[i] < worst) {
        assertThat(Arrays.stream(best).anyMatch(b -> b == place)).isTrue();
      }
    }
  }

  @Test
  void ofAFrontWithTooManyTheBestSpreadOverIt() {
    double[][] line = new double[11][];
    Arrays.setAll(line, i -> new double[] {i, 10 - i});

    // The middle dominates the most, then the quarters of what is left on either side.
    assertThat(ParetoFront.best(line, 1)).containsExactly(5);
    assertThat(Arrays.stream(ParetoFront.best(line, 3)).boxed())
        .contains(5)
        .anyMatch(i -> i < 4)
        .anyMatch(i -> i > 6);
    // One objective is the sorting it always was.
    double[][] one = {{3}, {1}, {2}, {1}};
    assertThat(ParetoFront.best(one, 3)).containsExactly(1, 2, 3);
  }
}
