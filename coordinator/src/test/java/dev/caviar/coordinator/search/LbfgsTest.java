package dev.caviar.coordinator.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LbfgsTest {
  private static final double[] NOWHERE = {Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY};
  private static final double[] EVERYWHERE = {Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY};

  /** Rosenbrock, 1960; lowest at (1, 1). */
  private static double valley(double[] x, double[] gradient) {
    double bend = x[1] - x[0] * x[0];
    gradient[0] = -400 * bend * x[0] - 2 * (1 - x[0]);
    gradient[1] = 200 * bend;
    return 100 * bend * bend + (1 - x[0]) * (1 - x[0]);
  }

  @Test
  void followsABentValley() {
    Lbfgs.Minimum found =
        new Lbfgs(NOWHERE, EVERYWHERE, 200, 1e-9)
            .minimize(LbfgsTest::valley, new double[] {-1.2, 1});

    assertThat(found.x()).containsExactly(new double[] {1, 1}, within(1e-6));
    assertThat(found.value()).isCloseTo(0, within(1e-12));
  }

  @Test
  void stopsAtBounds() {
    // With x at most ½ the valley is lowest at (½, ¼).
    Lbfgs.Minimum found =
        new Lbfgs(new double[] {-2, -2}, new double[] {0.5, 2}, 200, 1e-9)
            .minimize(LbfgsTest::valley, new double[] {-1.2, 1});

    assertThat(found.x()).containsExactly(new double[] {0.5, 0.25}, within(1e-6));
  }

  @Test
  void goesRoundWhereThereIsNoValue() {
    double[] far = {8, 9};
    Lbfgs.Minimum found =
        new Lbfgs(NOWHERE, EVERYWHERE, 100, 1e-9)
            .minimize(
                (x, gradient) -> {
                  gradient[0] = 1 - 1 / x[0];
                  gradient[1] = 2 * x[1];
                  // Log of a negative number is none.
                  return x[0] - Math.log(x[0]) + x[1] * x[1];
                },
                far);

    assertThat(found.x()).containsExactly(new double[] {1, 0}, within(1e-5));
    assertThat(far).containsExactly(8, 9);
  }

  @Test
  void solvesManyVariablesOfDifferentCurvature() {
    int n = 30;
    double[] low = new double[n];
    double[] high = new double[n];
    Arrays.fill(low, -1);
    Arrays.fill(high, 1);
    Lbfgs.Minimum found =
        new Lbfgs(low, high, 500, 1e-8)
            .minimize(
                (x, gradient) -> {
                  double sum = 0;
                  for (int i = 0; i < n; i++) {
                    double off = x[i] - 0.1 * i;
                    gradient[i] = 2 * (1 + i) * off;
                    sum += (1 + i) * off * off;
                  }
                  return sum;
                },
                new double[n]);

    for (int i = 0; i < n; i++) {
      assertThat(found.x()[i]).isCloseTo(Math.min(1, 0.1 * i), within(1e-6));
    }
  }
}
