package dev.caviar.coordinator.search;

/** A piece of a scale; low is at most high. */
record Interval(double low, double high) {

  /** The next interval, and which edges of this one the best point lay on. */
  record Next(Interval interval, boolean hitLower, boolean hitUpper) {}

  /**
   * The smaller interval around the best points.
   *
   * @param best where the best points lie, the very best first; at least one. Those outside this
   *     interval count as on its edge
   * @param limit how far the next interval may reach where an edge was hit; holds this interval
   */
  Next around(double[] best, Interval limit) {
    double length = high - low;
    double lowest = high;
    double highest = low;
    for (double point : best) {
      double inside = Math.clamp(point, low, high);
      lowest = Math.min(lowest, inside);
      highest = Math.max(highest, inside);
    }
    double gap = best.length > 1 ? (highest - lowest) / (best.length - 1) : 0;
    double margin = Math.max(gap / 2, Narrowing.LEAST_MARGIN * length);
    double veryBest = Math.clamp(best[0], low, high);
    boolean hitLower = length > 0 && veryBest - low <= Narrowing.EDGE * length;
    boolean hitUpper = length > 0 && high - veryBest <= Narrowing.EDGE * length;
    double nextLow = Math.max(lowest - margin, hitLower ? limit.low : low);
    double nextHigh = Math.min(highest + margin, hitUpper ? limit.high : high);
    // The side moves, as long as it is, until the very best point is in its middle.
    double offCentre = veryBest - (nextLow + nextHigh) / 2;
    if (hitLower && offCentre < 0) {
      double shift = Math.min(-offCentre, nextLow - limit.low);
      return new Next(new Interval(nextLow - shift, nextHigh - shift), true, hitUpper);
    }
    if (hitUpper && offCentre > 0) {
      double shift = Math.min(offCentre, limit.high - nextHigh);
      return new Next(new Interval(nextLow + shift, nextHigh + shift), hitLower, true);
    }
    return new Next(new Interval(nextLow, nextHigh), hitLower, hitUpper);
  }
}
