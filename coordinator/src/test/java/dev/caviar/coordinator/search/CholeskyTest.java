package dev.caviar.coordinator.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.hipparchus.linear.CholeskyDecomposition;
import org.hipparchus.linear.MatrixUtils;
import org.hipparchus.linear.RealMatrix;
import org.junit.jupiter.api.Test;

class CholeskyTest {
  private static RealMatrix positive(int n) {
    Random random = new Random(n);
    double[][] any = new double[n][n];
    for (double[] row : any) {
      for (int j = 0; j < n; j++) {
        row[j] = random.nextGaussian();
      }
    }
    RealMatrix a = MatrixUtils.createRealMatrix(any);
    return a.multiply(a.transpose()).add(MatrixUtils.createRealIdentityMatrix(n));
  }

  @Test
  void takesApartAsHipparchusDoes() {
    for (int n : new int[] {1, 2, 7, 40}) {
      RealMatrix matrix = positive(n);
      CholeskyDecomposition expected = new CholeskyDecomposition(matrix, 1e-9, 1e-9);
      RealMatrix inverse = expected.getSolver().getInverse();
      double[][] u = matrix.getData();
      assertThat(Cholesky.factor(u)).isTrue();
      double[][] lower = Cholesky.inverse(u);
      double[][] product = Cholesky.inverseOfProduct(lower);
      double[] b = positive(n).getColumn(0);
      double[] solved = Cholesky.transposedProduct(lower, Cholesky.product(lower, b));
      for (int i = 0; i < n; i++) {
        for (int j = i; j < n; j++) {
          assertThat(u[i][j]).isCloseTo(expected.getLT().getEntry(i, j), within(1e-10));
          assertThat(product[i][j]).isCloseTo(inverse.getEntry(i, j), within(1e-10));
        }
        assertThat(solved[i]).isCloseTo(i == 0 ? 1 : 0, within(1e-10));
      }
    }
  }

  @Test
  void tellsWhatIsNotPositiveDefinite() {
    assertThat(Cholesky.factor(new double[][] {{1, 2}, {2, 1}})).isFalse();
    assertThat(Cholesky.factor(new double[][] {{Double.NaN}})).isFalse();
    assertThat(Cholesky.factor(new double[][] {{4, 2}, {2, 2}})).isTrue();
  }
}
