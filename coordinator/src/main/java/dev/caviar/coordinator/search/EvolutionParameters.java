package dev.caviar.coordinator.search;

import java.util.Arrays;

/**
 * The constants of a CMA evolution strategy: table 1 of Hansen, "The CMA evolution strategy: a
 * tutorial", arXiv 1604.00772 (version of 2016), with learning rate 1 of the mean.
 *
 * @param dimensions n, at least 1
 * @param population λ, how many points a generation has, at least 4
 * @param weights w of eqs. (49) to (53), by rank; those of the first μ = ⌊λ/2⌋ are above 0 and sum
 *     to 1, the others are at most 0
 * @param effective μ_eff of eq. (8)
 * @param sigmaDecay c_σ
 * @param damping d_σ
 * @param pathDecay c_c
 * @param rankOne c_1
 * @param rankMu c_μ
 * @param expectedNorm E‖N(0, I)‖
 */
record EvolutionParameters(
    int dimensions,
    int population,
    double[] weights,
    double effective,
    double sigmaDecay,
    double damping,
    double pathDecay,
    double rankOne,
    double rankMu,
    double expectedNorm) {

  /** 4 + ⌊3 ln n⌋, eq. (48). */
  static int standardPopulation(int dimensions) {
    return 4 + (int) (3 * StrictMath.log(dimensions));
  }

  static EvolutionParameters of(int dimensions, int population) {
    double n = dimensions;
    int parents = population / 2;
    double[] raw = new double[population];
    Arrays.setAll(raw, i -> StrictMath.log((population + 1) / 2.0) - StrictMath.log(i + 1));
    double effective = effective(raw, 0, parents);
    double effectiveOfOthers = effective(raw, parents, population);

    double pathDecay = (4 + effective / n) / (n + 4 + 2 * effective / n);
    double rankOne = 2 / ((n + 1.3) * (n + 1.3) + effective);
    double rankMu =
        Math.min(
            1 - rankOne,
            2 * (effective - 2 + 1 / effective) / ((n + 2) * (n + 2) + 2 * effective / 2));
    double sigmaDecay = (effective + 2) / (n + effective + 5);
    double damping =
        1 + 2 * Math.max(0, StrictMath.sqrt((effective - 1) / (n + 1)) - 1) + sigmaDecay;

    // Eqs. (50) to (53): how far the covariance may unlearn what was bad.
    double unlearning =
        Math.min(
            1 + rankOne / rankMu,
            Math.min(
                1 + 2 * effectiveOfOthers / (effective + 2),
                (1 - rankOne - rankMu) / (n * rankMu)));
    double positive = Arrays.stream(raw).filter(w -> w > 0).sum();
    double negative = -Arrays.stream(raw).filter(w -> w < 0).sum();
    double[] weights =
        Arrays.stream(raw)
            .map(w -> w >= 0 ? w / positive : Math.max(0, unlearning) * w / negative)
            .toArray();
    double expectedNorm = StrictMath.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n));
    return new EvolutionParameters(
        dimensions,
        population,
        weights,
        effective,
        sigmaDecay,
        damping,
        pathDecay,
        rankOne,
        rankMu,
        expectedNorm);
  }

  private static double effective(double[] weights, int from, int to) {
    double sum = 0;
    double squares = 0;
    for (int i = from; i < to; i++) {
      sum += weights[i];
      squares += weights[i] * weights[i];
    }
    return sum * sum / squares;
  }

  /** μ. */
  int parents() {
    return population / 2;
  }
}
