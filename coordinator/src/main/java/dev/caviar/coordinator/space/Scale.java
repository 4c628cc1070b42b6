package dev.caviar.coordinator.space;

/**
 * On which scale a number is sampled evenly. {@link #toUnit} and {@link #fromUnit} are each other's
 * inverse between a range and 0..1, and increase on every scale. StrictMath, so that a sweep has
 * the same points to the last bit on every machine.
 */
public enum Scale {
  /** Even in x. */
  LINEAR {
    @Override
    double warp(double x) {
      return x;
    }

    @Override
    double unwarp(double w) {
      return w;
    }
  },
  /** Even in log x: as much between 0.001 and 0.01 as between 0.01 and 0.1. For x above 0. */
  LOG {
    @Override
    double warp(double x) {
      return StrictMath.log(x);
    }

    @Override
    double unwarp(double w) {
      return StrictMath.exp(w);
    }
  },
  /**
   * Even in log(1 − x): as much between 0.9 and 0.99 as between 0.99 and 0.999. For x below 1, such
   * as a β, whose 1/(1−β) is about how many steps it averages over.
   */
  ONE_MINUS_LOG {
    @Override
    double warp(double x) {
      return -StrictMath.log1p(-x);
    }

    @Override
    double unwarp(double w) {
      return -StrictMath.expm1(-w);
    }
  };

  /** The monotone increasing map under which this scale is linear. */
  abstract double warp(double x);

  abstract double unwarp(double w);

  /** Where x lies between min and max on this scale, 0..1 for those inside. */
  public double toUnit(double x, double min, double max) {
    return min == max ? 0 : (warp(x) - warp(min)) / (warp(max) - warp(min));
  }

  /** What lies at u between min and max on this scale; within [min, max] for u in 0..1. */
  public double fromUnit(double u, double min, double max) {
    double x = unwarp(warp(min) + u * (warp(max) - warp(min)));
    // Rounding may reach past the ends.
    return u < 0 || u > 1 ? x : Math.clamp(x, min, max);
  }
}
