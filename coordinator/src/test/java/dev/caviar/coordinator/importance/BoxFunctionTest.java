package dev.caviar.coordinator.importance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.caviar.coordinator.search.Spaces;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.Scale;
import dev.caviar.coordinator.space.SearchSpace;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** The decomposition of trees against integration over a fine grid of places. */
class BoxFunctionTest {
  private static final SearchSpace SPACE =
      Spaces.space(
          Spaces.always("a", Functions.even(0, 1)),
          Spaces.always("b", Spaces.words("p", "q", "r", "s")),
          Spaces.always("c", new Domain.WholeRange(Scale.LINEAR, 1, 5)));

  /** Trials whose numbers lie on multiples of 1/8, so that trees split between 16ths. */
  private static RegressionTree tree(long seed, int trials) {
    Random random = new Random(seed);
    List<Axis> axes =
        SPACE.dimensions().stream().map(dimension -> Axis.of(dimension, List.of())).toList();
    double[][] units = new double[trials][];
    double[] objectives = new double[trials];
    for (int k = 0; k < trials; k++) {
      units[k] =
          new double[] {
            random.nextInt(9) / 8.0, (random.nextInt(4) + 0.5) / 4, (random.nextInt(5) + 0.5) / 5
          };
      objectives[k] = random.nextGaussian();
    }
    return RegressionTree.grow(axes, units, objectives, IntStream.range(0, trials).toArray(), seed);
  }

  /** The tree's value at the middle of each cell of 16 x 4 x 5, in which it is constant. */
  private static double[][][] grid(RegressionTree tree) {
    double[][][] values = new double[16][4][5];
    for (int a = 0; a < 16; a++) {
      for (int b = 0; b < 4; b++) {
        for (int c = 0; c < 5; c++) {
          values[a][b][c] =
              tree.predict(new double[] {(a + 0.5) / 16, (b + 0.5) / 4, (c + 0.5) / 5});
        }
      }
    }
    return values;
  }

  @Property(tries = 100)
  void agreesWithIntegrationOverAGrid(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 60) int trials) {
    RegressionTree tree = tree(seed, trials);
    BoxFunction function = tree.function();
    double[][][] values = grid(tree);
    double mean = 0;
    double[] a = new double[16];
    double[] b = new double[4];
    double[][] ab = new double[16][4];
    for (int i = 0; i < 16; i++) {
      for (int j = 0; j < 4; j++) {
        for (int k = 0; k < 5; k++) {
          mean += values[i][j][k] / 320;
          a[i] += values[i][j][k] / 20;
          b[j] += values[i][j][k] / 80;
          ab[i][j] += values[i][j][k] / 5;
        }
      }
    }
    double variance = 0;
    double ofA = 0;
    double ofAb = 0;
    for (int i = 0; i < 16; i++) {
      ofA += (a[i] - mean) * (a[i] - mean) / 16;
      for (int j = 0; j < 4; j++) {
        double interaction = ab[i][j] - a[i] - b[j] + mean;
        ofAb += interaction * interaction / 64;
        for (int k = 0; k < 5; k++) {
          variance += (values[i][j][k] - mean) * (values[i][j][k] - mean) / 320;
        }
      }
    }

    assertThat(function.mean()).isCloseTo(mean, within(1e-12));
    assertThat(function.variance()).isCloseTo(variance, within(1e-12));
    assertThat(function.variance(0)).isCloseTo(ofA, within(1e-12));
    assertThat(function.variance(0, 1)).isCloseTo(ofAb, within(1e-12));
    double[] units = IntStream.range(0, 16).mapToDouble(i -> (i + 0.5) / 16).toArray();
    List<List<Axis.Piece>> whole =
        List.of(List.of(Axis.Piece.WHOLE), List.of(Axis.Piece.WHOLE), List.of(Axis.Piece.WHOLE));
    assertThat(function.marginal(0, units, whole)).containsExactly(a, within(1e-12));
    // Of the choices the second and fourth alone.
    List<List<Axis.Piece>> part =
        List.of(
            List.of(Axis.Piece.WHOLE),
            List.of(new Axis.Piece(0.25, 0.5), new Axis.Piece(0.75, 1)),
            List.of(Axis.Piece.WHOLE));
    double[] ofPart = IntStream.range(0, 16).mapToDouble(i -> (ab[i][1] + ab[i][3]) / 2).toArray();
    assertThat(function.marginal(0, units, part)).containsExactly(ofPart, within(1e-12));
    double[] choices = {0.125, 0.375, 0.625, 0.875};
    double[][] both = function.marginal(0, units, 1, choices, whole);
    for (int i = 0; i < 16; i++) {
      assertThat(both[i]).containsExactly(ab[i], within(1e-12));
    }
  }

  @Property(tries = 100)
  void partsAddUpToNoMoreThanTheWhole(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 60) int trials) {
    BoxFunction function = tree(seed, trials).function();
    double sum = 0;
    for (int i = 0; i < 3; i++) {
      assertThat(function.variance(i)).isNotNegative();
      sum += function.variance(i);
      for (int j = i + 1; j < 3; j++) {
        assertThat(function.variance(i, j)).isNotNegative();
        assertThat(function.variance(i, j)).isCloseTo(function.variance(j, i), within(1e-12));
        sum += function.variance(i, j);
      }
    }
    assertThat(sum).isLessThanOrEqualTo(function.variance() + 1e-12);
  }

  /** Where trials fill the space there is nothing to smooth. */
  @Test
  void findsTheSobolIndicesOfIshigamisFunction() {
    int side = 24;
    List<Axis> axes =
        Functions.ANGLES.dimensions().stream().map(d -> Axis.of(d, List.of())).toList();
    double[][] units = new double[side * side * side][];
    double[] objectives = new double[units.length];
    for (int k = 0; k < units.length; k++) {
      int[] at = {k / (side * side), k / side % side, k % side};
      Map<String, ParameterValue> values = new LinkedHashMap<>();
      units[k] = new double[3];
      for (int i = 0; i < 3; i++) {
        units[k][i] = (at[i] + 0.5) / side;
        values.put(axes.get(i).name(), new ParameterValue.Real(Math.PI * (2 * units[k][i] - 1)));
      }
      objectives[k] = Functions.ishigami(new Point(values));
    }
    BoxFunction function =
        RegressionTree.grow(axes, units, objectives, IntStream.range(0, units.length).toArray(), 1)
            .function();

    double variance = function.variance();
    assertThat(function.variance(0) / variance).isCloseTo(0.3139, within(0.005));
    assertThat(function.variance(1) / variance).isCloseTo(0.4424, within(0.005));
    assertThat(function.variance(2) / variance).isCloseTo(0, within(0.005));
    assertThat(function.variance(0, 2) / variance).isCloseTo(0.2437, within(0.005));
    assertThat(function.variance(0, 1) / variance).isCloseTo(0, within(0.005));
    assertThat(function.variance(1, 2) / variance).isCloseTo(0, within(0.005));
  }
}
