package dev.caviar.coordinator.search;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which of several points are better when more than one loss counts. One dominates another if it is
 * worse in none and better in one. Losses are by point and objective, the smaller the better; what
 * is not a number is worse than all that are.
 */
public final class ParetoFront {
  private ParetoFront() {}

  /** Whether the first dominates the second. */
  public static boolean dominates(double[] a, double[] b) {
    boolean better = false;
    for (int i = 0; i < a.length; i++) {
      int order = Double.compare(a[i], b[i]);
      if (order > 0) {
        return false;
      }
      better |= order < 0;
    }
    return better;
  }

  /**
   * The rank of each point: 0 of those that none dominates, 1 of those that only points of rank 0
   * dominate, and so on. Deb et al., "A fast and elitist multiobjective genetic algorithm:
   * NSGA-II", 2002, section III.A.
   */
  public static int[] ranks(double[][] losses) {
    int n = losses.length;
    // A point comes after all that dominate it, so that their ranks are known.
    int[] order =
        IntStream.range(0, n)
            .boxed()
            .sorted((a, b) -> Arrays.compare(losses[a], losses[b]))
            .mapToInt(Integer::intValue)
            .toArray();
    int[] ranks = new int[n];
    List<List<Integer>> fronts = new ArrayList<>();
    for (int point : order) {
      int rank = 0;
      while (rank < fronts.size() && isDominated(point, fronts.get(rank), losses)) {
        rank++;
      }
      if (rank == fronts.size()) {
        fronts.add(new ArrayList<>());
      }
      fronts.get(rank).add(point);
      ranks[point] = rank;
    }
    return ranks;
  }

  private static boolean isDominated(int point, List<Integer> by, double[][] losses) {
    return by.stream().anyMatch(other -> dominates(losses[other], losses[point]));
  }

  /**
   * The best of them: those of the lowest ranks, and of the last rank that has too many a subset of
   * large hypervolume. Ozaki et al., "Multiobjective tree-structured Parzen estimator", 2022,
   * section 4.1; the subset is found greedily, as in Guerreiro et al., "Greedy hypervolume subset
   * selection in low dimensions", 2016. Of equals the first.
   *
   * @param losses all numbers
   * @param count at most as many as there are
   * @return their places, increasing
   */
  static int[] best(double[][] losses, int count) {
    int[] ranks = ranks(losses);
    List<Integer> best = new ArrayList<>();
    for (int rank = 0; best.size() < count; rank++) {
      int of = rank;
      List<Integer> front =
          IntStream.range(0, losses.length).filter(i -> ranks[i] == of).boxed().toList();
      best.addAll(
          best.size() + front.size() <= count ? front : spread(front, losses, count - best.size()));
    }
    return best.stream().mapToInt(Integer::intValue).sorted().toArray();
  }

  /** One after the other, each adding the most to the volume that those before it dominate. */
  private static List<Integer> spread(List<Integer> front, double[][] losses, int count) {
    double[] reference = reference(front, losses);
    List<Integer> left = new ArrayList<>(front);
    List<Integer> chosen = new ArrayList<>();
    while (chosen.size() < count) {
      double[][] before = chosen.stream().map(i -> losses[i]).toArray(double[][]::new);
      // The strict comparison of max() keeps the last of equals; the first is wanted.
      int next =
          left.stream()
              .max(
                  Comparator.<Integer>comparingDouble(
                          i -> contribution(losses[i], before, reference))
                      .thenComparing(Comparator.reverseOrder()))
              .orElseThrow();
      left.removeIf(other -> other == next);
      chosen.add(next);
    }
    return chosen;
  }

  /** A little worse than the worst in each objective, so that the ends of the front count too. */
  private static double[] reference(List<Integer> front, double[][] losses) {
    double[] reference = new double[losses[front.getFirst()].length];
    for (int objective = 0; objective < reference.length; objective++) {
      int at = objective;
      double worst = front.stream().mapToDouble(i -> losses[i][at]).max().orElseThrow();
      double best = front.stream().mapToDouble(i -> losses[i][at]).min().orElseThrow();
      reference[objective] = worst + 0.1 * (worst > best ? worst - best : 1);
    }
    return reference;
  }

  /** What a point adds to the volume that others dominate. */
  private static double contribution(double[] point, double[][] others, double[] reference) {
    double[][] limited =
        Arrays.stream(others)
            .map(
                other ->
                    IntStream.range(0, point.length)
                        .mapToDouble(i -> Math.max(point[i], other[i]))
                        .toArray())
            .toArray(double[][]::new);
    return hypervolume(new double[][] {point}, reference) - hypervolume(limited, reference);
  }

  /**
   * The volume of what the points dominate, up to the reference: by slices along the last
   * objective, as While et al., "A faster algorithm for calculating hypervolume", 2006, have it.
   */
  static double hypervolume(double[][] points, double[] reference) {
    double[][] inside =
        Arrays.stream(points)
            .filter(p -> IntStream.range(0, reference.length).allMatch(i -> p[i] < reference[i]))
            .toArray(double[][]::new);
    return volume(inside, reference, reference.length);
  }

  private static double volume(double[][] points, double[] reference, int objectives) {
    int last = objectives - 1;
    if (points.length == 0) {
      return 0;
    }
    if (last == 0) {
      return reference[0] - Arrays.stream(points).mapToDouble(p -> p[0]).min().orElseThrow();
    }
    double[][] sorted = points.clone();
    Arrays.sort(sorted, Comparator.comparingDouble(p -> p[last]));
    double volume = 0;
    for (int i = 0; i < sorted.length; i++) {
      double end = i + 1 < sorted.length ? sorted[i + 1][last] : reference[last];
      if (end > sorted[i][last]) {
        volume +=
            (end - sorted[i][last])
                * volume(Arrays.copyOf(sorted, i + 1), reference, objectives - 1);
      }
    }
    return volume;
  }
}
