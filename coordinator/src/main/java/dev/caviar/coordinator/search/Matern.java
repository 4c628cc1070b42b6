package dev.caviar.coordinator.search;

/**
 * The Matérn kernel of smoothness 5/2 and variance 1, of functions that can be differentiated
 * twice: (1 + √5 r + 5r²/3) e^(−√5 r), with r the distance in length scales. Rasmussen and
 * Williams, "Gaussian processes for machine learning", 2006, equation 4.17.
 */
final class Matern {
  private static final double ROOT_OF_FIVE = Math.sqrt(5);

  private Matern() {}

  /**
   * Works out the kernel of many pairs.
   *
   * @param squares r² by pair; replaced by the kernel
   * @param slopes receives the derivatives by r²
   */
  static void fill(double[] squares, double[] slopes) {
    for (int i = 0; i < squares.length; i++) {
      double square = squares[i];
      double scaled = ROOT_OF_FIVE * Math.sqrt(square);
      double decay = StrictMath.exp(-scaled);
      squares[i] = (1 + scaled + 5.0 / 3 * square) * decay;
      slopes[i] = -5.0 / 6 * (1 + scaled) * decay;
    }
  }
}
