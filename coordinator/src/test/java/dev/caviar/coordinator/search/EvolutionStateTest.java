package dev.caviar.coordinator.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EvolutionStateTest {
  /** Recorded by src/test/python/record_cma_es.py. */
  private static List<String> recording() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(EvolutionStateTest.class.getResourceAsStream("cma-es.txt"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }

  private static double[] numbers(String line) {
    return Arrays.stream(line.split(" ")).mapToDouble(Double::parseDouble).toArray();
  }

  private static double[] ones(int n) {
    double[] ones = new double[n];
    Arrays.fill(ones, 1);
    return ones;
  }

  private static void assertNear(String where, double actual, double expected) {
    assertThat(actual)
        .as(where)
        .isCloseTo(expected, within(1e-9 * Math.max(1, Math.abs(expected))));
  }

  @Test
  void followsTheSameGenerationsAsHansensPurecma() throws IOException {
    Iterator<String> lines = recording().iterator();
    int generations = 0;
    while (lines.hasNext()) {
      String[] header = lines.next().split(" ", 5);
      if (header[0].equals("median")) {
        continue;
      }
      int n = Integer.parseInt(header[1]);
      int population = Integer.parseInt(header[2]);
      double[] start = numbers(header[4]);
      EvolutionState state =
          EvolutionState.start(
              EvolutionParameters.of(n, population), Arrays.copyOf(start, n), start[n]);
      for (int generation = 0; generation < Integer.parseInt(header[3]); generation++) {
        List<double[]> steps = new ArrayList<>();
        for (int rank = 0; rank < population; rank++) {
          double[] point = numbers(lines.next());
          EvolutionState from = state;
          steps.add(
              IntStream.range(0, n)
                  .mapToDouble(i -> (point[i] - from.mean(i)) / from.sigma())
                  .toArray());
        }
        state = state.next(steps, ones(n));
        double[] expected = numbers(lines.next());
        String where = "n = " + n + ", generation " + generation;
        for (int i = 0; i < n; i++) {
          assertNear(where, state.mean(i), expected[i]);
          for (int j = 0; j < n; j++) {
            assertNear(where, state.covariance(i, j), expected[n + 1 + i * n + j]);
          }
        }
        assertNear(where, state.sigma(), expected[n]);
        generations++;
      }
    }
    assertThat(generations).isEqualTo(27);
  }

  @Test
  void hasTheConstantsOfTheTutorial() {
    // Worked out by hand from table 1 for n = 10 and λ = 10.
    EvolutionParameters p = EvolutionParameters.of(10, EvolutionParameters.standardPopulation(10));

    assertThat(p.population()).isEqualTo(10);
    assertThat(Arrays.stream(p.weights()).limit(5).sum()).isCloseTo(1, within(1e-12));
    assertThat(p.effective()).isCloseTo(3.1673, within(1e-4));
    assertThat(p.sigmaDecay()).isCloseTo(5.1673 / 18.1673, within(1e-4));
    assertThat(p.rankOne()).isCloseTo(2 / (11.3 * 11.3 + 3.1673), within(1e-6));
    // Negative weights leave the covariance positive: eq. (53).
    double negative = -Arrays.stream(p.weights()).filter(w -> w < 0).sum();
    assertThat(negative * 10 * p.rankMu())
        .isLessThanOrEqualTo(1 - p.rankOne() - p.rankMu() + 1e-12);
  }

  @Test
  void stepsHaveTheCovariance() throws IOException {
    EvolutionState state =
        EvolutionState.start(EvolutionParameters.of(3, 7), new double[] {0.5, 0.5, 0.5}, 0.2);
    for (int generation = 0; generation < 6; generation++) {
      List<double[]> steps = new ArrayList<>();
      for (int rank = 0; rank < 7; rank++) {
        steps.add(state.step(normal(generation, rank)));
      }
      state = state.next(steps, ones(3));
    }
    int count = 40_000;
    double[][] sums = new double[3][3];
    for (int draw = 0; draw < count; draw++) {
      double[] z = normal(99, draw);
      double[] y = state.step(z);
      // C^−½ y has the length of z.
      assertThat(EvolutionState.norm(state.whitened(y)))
          .isCloseTo(EvolutionState.norm(z), within(1e-9));
      for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
          sums[i][j] += y[i] * y[j] / count;
        }
      }
    }
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < 3; j++) {
        // Five standard errors of a covariance.
        double error =
            Math.sqrt(
                (state.covariance(i, i) * state.covariance(j, j)
                        + state.covariance(i, j) * state.covariance(i, j))
                    / count);
        assertThat(sums[i][j]).isCloseTo(state.covariance(i, j), within(5 * error));
      }
    }
  }

  private static double[] normal(int seed, int draw) {
    var random = Draws.stream(seed, Draws.Purpose.MUTATION, draw, 0);
    return new double[] {Normal.standard(random), Normal.standard(random), Normal.standard(random)};
  }
}
