package dev.caviar.coordinator.retest;

import dev.caviar.coordinator.search.RepeatedPoint;
import dev.caviar.coordinator.space.SweepDefinition.Retest;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.SweepStatus;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.TrialStatus;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What the trials of a retest say of an old best. Each challenger is compared with it by the {@link
 * PairedDifference} of their first objective, and gets an interval of 95 % that is widened for how
 * many are compared, as the tests of Holm are: of m challengers the one that differs the most
 * surely has an interval of 1 − 0.05 / m, the next, as long as those before leave out 0, of 1 −
 * 0.05 / (m − 1), and so on; from the first that holds 0 all have the same. So where none differs
 * from the old best, one of them is taken for another in at most 5 % of retests: Holm, "A simple
 * sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6, 1979.
 *
 * @param outcome what is to be thought of the old best
 * @param best the old best
 * @param beatenBy the point that beats it, of several the one with the least mean loss; null unless
 *     it is beaten
 * @param challengers the others, in the order of their points
 * @param seeds on which each was trained
 * @param seedsToSettle how many would tell, with a probability of about 80 % and if the differences
 *     are as large as they seem; null where that is told, no number up to 1,000 would do, or
 *     nothing can be said of it
 */
public record RetestVerdict(
    Outcome outcome,
    Tested best,
    @Nullable Tested beatenBy,
    List<Challenger> challengers,
    int seeds,
    @Nullable Integer seedsToSettle) {

  /** With which an interval holds the true difference. */
  public static final double CONFIDENCE = 0.95;

  private static final double POWER = 0.8;

  public RetestVerdict {
    challengers = List.copyOf(challengers);
  }

  /** What is to be thought of an old best. */
  public enum Outcome {
    /** Every challenger is worse: its whole interval, or it did not complete on all seeds. */
    STILL_THE_BEST,
    /** A challenger is better, with its whole interval. */
    BEATEN,
    /** Neither; so too where the old best itself did not complete on all seeds. */
    TOO_NOISY;

    /** Its name in documents, such as still_the_best. */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A point that was trained once for each seed.
   *
   * @param number of the point, the old best's being 0
   * @param given whether the retest was told to try it; else its sampler drew it
   * @param parameters all it was trained with
   * @param mean of its objective; null where it did not complete on all seeds
   * @param problem what became of a trial that did not complete; null if all did
   */
  public record Tested(
      int number,
      boolean given,
      List<Parameter> parameters,
      @Nullable Double mean,
      @Nullable String problem) {
    public Tested {
      parameters = List.copyOf(parameters);
    }
  }

  /**
   * A point that may be better.
   *
   * @param difference of its losses to those of the old best; null where they cannot be compared
   * @param confidence of its interval
   */
  public record Challenger(Tested point, @Nullable PairedDifference difference, double confidence) {
    /** The least difference that its interval holds; −∞ where nothing is known of it. */
    public double low() {
      return difference == null || !difference.hasSpread()
          ? Double.NEGATIVE_INFINITY
          : difference.mean() - difference.reach(confidence);
    }

    /** The greatest, likewise. */
    public double high() {
      return difference == null || !difference.hasSpread()
          ? Double.POSITIVE_INFINITY
          : difference.mean() + difference.reach(confidence);
    }

    /** Whether it is surely worse; one that does not complete on every seed is so too. */
    public boolean isWorse() {
      return point.problem() != null || low() > 0;
    }

    /** Whether it is surely better. */
    public boolean isBetter() {
      return high() < 0;
    }
  }

  /**
   * The verdict of a retest that is over.
   *
   * @throws IllegalArgumentException if nothing can be compared; the message is for people
   */
  public static RetestVerdict of(GetSweepResponse retest) {
    SweepStatus status = retest.getSummary().getStatus();
    requireOver(status);
    int seeds = status.getRepeats();
    if (seeds < 2) {
      throw new IllegalArgumentException(
          "its points were trained once each, so nothing is known of how much trials differ");
    }
    TreeMap<Integer, List<TrialStatus>> points =
        retest.getTrialsList().stream()
            .sorted(Comparator.comparingInt(TrialStatus::getTrial))
            .collect(
                Collectors.groupingBy(TrialStatus::getPoint, TreeMap::new, Collectors.toList()));
    List<TrialStatus> best = points.remove(0);
    if (best == null || points.isEmpty()) {
      throw new IllegalArgumentException("it has no trials that could be compared");
    }
    Tested old = tested(best, seeds);
    List<Tested> others = new ArrayList<>();
    List<@Nullable PairedDifference> differences = new ArrayList<>();
    for (List<TrialStatus> trials : points.values()) {
      Tested other = tested(trials, seeds);
      others.add(other);
      differences.add(
          old.problem() == null && other.problem() == null
              ? PairedDifference.of(
                  losses(trials, status.getMinimize()), losses(best, status.getMinimize()))
              : null);
    }
    return of(old, others, differences, seeds);
  }

  /**
   * Of a sweep or a retest.
   *
   * @throws IllegalArgumentException if it is not over
   */
  static void requireOver(SweepStatus status) {
    if (status.getState() != SweepState.SWEEP_COMPLETED
        && status.getState() != SweepState.SWEEP_STOPPED) {
      throw new IllegalArgumentException(
          "it is not over yet; to see it: caviar watch " + status.getSweepId());
    }
  }

  /**
   * @param differences of each of the others, null where it cannot be compared
   */
  static RetestVerdict of(
      Tested old, List<Tested> others, List<@Nullable PairedDifference> differences, int seeds) {
    double[] confidences = confidences(differences);
    List<Challenger> challengers = new ArrayList<>();
    for (int i = 0; i < others.size(); i++) {
      challengers.add(new Challenger(others.get(i), differences.get(i), confidences[i]));
    }
    Optional<Challenger> winner =
        challengers.stream()
            .filter(Challenger::isBetter)
            .min(Comparator.comparingDouble(RetestVerdict::mean));
    if (winner.isPresent()) {
      return new RetestVerdict(Outcome.BEATEN, old, winner.get().point(), challengers, seeds, null);
    }
    if (old.problem() == null && challengers.stream().allMatch(Challenger::isWorse)) {
      return new RetestVerdict(Outcome.STILL_THE_BEST, old, null, challengers, seeds, null);
    }
    return new RetestVerdict(
        Outcome.TOO_NOISY, old, null, challengers, seeds, toSettle(challengers, seeds));
  }

  /** Of each one's interval; those that cannot be compared count among the many all the same. */
  private static double[] confidences(List<@Nullable PairedDifference> differences) {
    List<Integer> surest =
        IntStream.range(0, differences.size())
            .boxed()
            .sorted(Comparator.comparingDouble(i -> p(differences.get(i))))
            .toList();
    double[] confidences = new double[differences.size()];
    int left = differences.size();
    for (int i : surest) {
      double risk = (1 - CONFIDENCE) / left;
      confidences[i] = 1 - risk;
      if (p(differences.get(i)) < risk) {
        left--;
      }
    }
    return confidences;
  }

  private static double p(@Nullable PairedDifference difference) {
    return difference == null ? 1 : difference.p();
  }

  private static double mean(Challenger challenger) {
    PairedDifference difference = challenger.difference();
    return difference == null ? Double.POSITIVE_INFINITY : difference.mean();
  }

  /**
   * Any that seems better settles it if it is; else all that are not surely worse have to be. What
   * more seeds are for is a new retest, so intervals are taken as wide as they can be there.
   */
  private static @Nullable Integer toSettle(List<Challenger> challengers, int seeds) {
    double confidence = 1 - (1 - CONFIDENCE) / challengers.size();
    List<Integer> ahead = new ArrayList<>();
    List<Integer> behind = new ArrayList<>();
    for (Challenger challenger : challengers) {
      PairedDifference difference = challenger.difference();
      if (difference != null && !challenger.isWorse()) {
        int pairs = difference.pairsToSettle(confidence, POWER, Retest.MOST_SEEDS);
        (difference.mean() < 0 ? ahead : behind).add(pairs);
      }
    }
    int needed =
        ahead.isEmpty()
            ? behind.stream().mapToInt(Integer::intValue).max().orElse(Retest.MOST_SEEDS + 1)
            : ahead.stream().mapToInt(Integer::intValue).min().orElseThrow();
    return needed > Retest.MOST_SEEDS ? null : (Integer) Math.max(needed, seeds + 1);
  }

  private static Tested tested(List<TrialStatus> trials, int seeds) {
    TrialStatus first = trials.getFirst();
    String problem =
        trials.size() < seeds
            ? "%d of %d trials were begun".formatted(trials.size(), seeds)
            : trials.stream()
                .filter(trial -> !isComparable(trial))
                .findFirst()
                .map(RetestVerdict::problem)
                .orElse(null);
    return new Tested(
        first.getPoint(),
        first.getEnqueued(),
        first.getParametersList(),
        problem == null
            ? RepeatedPoint.mean(trials.stream().map(TrialStatus::getObjective).toList())
            : null,
        problem);
  }

  private static boolean isComparable(TrialStatus trial) {
    return trial.getState() == TrialState.COMPLETED
        && trial.hasObjective()
        && Double.isFinite(trial.getObjective());
  }

  private static String problem(TrialStatus trial) {
    return trial.getState() == TrialState.COMPLETED
        ? "trial %d has no finite objective".formatted(trial.getTrial())
        : "trial %d is %s"
            .formatted(
                trial.getTrial(),
                trial.getState().name().toLowerCase(Locale.ROOT).replace('_', ' '));
  }

  private static double[] losses(List<TrialStatus> trials, boolean minimize) {
    double[] objectives = trials.stream().mapToDouble(TrialStatus::getObjective).toArray();
    return minimize ? objectives : Arrays.stream(objectives).map(value -> -value).toArray();
  }
}
