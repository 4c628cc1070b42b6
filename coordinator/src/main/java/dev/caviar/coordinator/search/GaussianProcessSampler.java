package dev.caviar.coordinator.search;

import dev.caviar.coordinator.search.History.Status;
import dev.caviar.coordinator.search.History.TrialRecord;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Bayesian optimization with a Gaussian process, for sweeps of few and costly trials: draws each
 * trial where it improves on the best by the most, as far as can be expected. Jones et al.,
 * "Efficient global optimization of expensive black-box functions", 1998.
 *
 * <p>Points are told apart as {@link Embedding} says, each parameter on its own scale, whole
 * numbers, choices and parameters that do not apply to all points included. Losses are laid out by
 * {@link Outcomes} in two ways, with the worse half by rank or all as they are, and that is taken
 * from which each of the better half is told best by the others: losses that differ by magnitudes
 * need the first, and a smooth valley is lost by it. The kernel's parameters are the likeliest
 * ones, by {@link MarginalLikelihood}; {@link LogExpectedImprovement} is what {@link
 * ImprovementSearch} makes as large as it can. The best that is to be improved on is the lowest
 * mean of the process at any trial, which noise does not deceive as it would the lowest loss.
 * Trials still running are believed to come out as expected, so that trials drawn at the same time
 * keep apart.
 *
 * <p>Trials are drawn as by {@link SobolSampler} until {@code startup_trials} have ended, one of
 * them completed. From then on a point depends on which trials have ended when it is drawn, and so,
 * where several run at once, on how long each takes.
 *
 * <p>A question takes time with the cube of the number of trials. With more than {@value
 * #MOST_ENDED} ended ones, it looks at the best half of that many and at the newest of the others;
 * of those still running at the newest {@value #MOST_RUNNING}.
 */
public final class GaussianProcessSampler implements Sampler {
  private static final int MOST_ENDED = 250;
  private static final int MOST_RUNNING = 50;
  private static final double LARGEST_LOSS = 1e100;

  private final SearchSpace space;
  private final Search.GaussianProcess search;
  private final Embedding embedding;
  private final SobolSequence sequence;

  /** Used under its lock. */
  private final Observations observations;

  public GaussianProcessSampler(SearchSpace space, Search.GaussianProcess search) {
    this.space = space;
    this.search = search;
    this.embedding = new Embedding(space.dimensions());
    this.observations = new Observations(space.dimensions());
    this.sequence = new SobolSequence(Math.max(1, space.dimensions().size()), search.seed());
  }

  @Override
  public Proposal propose(int trial, History history) {
    if (trial >= search.trials()) {
      return new Proposal.Exhausted();
    }
    List<TrialRecord> before =
        history.trials().subList(0, Math.min(trial, history.trials().size()));
    int[] ended = numbers(before, false);
    double[] losses =
        Arrays.stream(ended).mapToDouble(i -> loss(before.get(i), history.minimize())).toArray();
    boolean learns =
        ended.length >= search.startupTrials()
            && Arrays.stream(losses).anyMatch(loss -> !Double.isNaN(loss));
    Point point =
        learns ? best(trial, before, ended, losses) : UnitCube.point(space, sequence.point(trial));
    return new Proposal.Sampled(point, null);
  }

  @Override
  public int independentOfResults() {
    return search.startupTrials();
  }

  @Override
  public boolean dependsOnOrderOfResults() {
    return true;
  }

  private static int[] numbers(List<TrialRecord> trials, boolean running) {
    return IntStream.range(0, trials.size())
        .filter(i -> (trials.get(i).status() == Status.RUNNING) == running)
        .toArray();
  }

  /** Smaller is better; NaN of a trial that came to nothing, or to more than squares can hold. */
  private static double loss(TrialRecord trial, boolean minimize) {
    Double result = trial.result();
    if (result == null || !(Math.abs(result) < LARGEST_LOSS)) {
      return Double.NaN;
    }
    return minimize ? result : -result;
  }

  private Point best(int trial, List<TrialRecord> before, int[] ended, double[] losses) {
    double[] byRank = Outcomes.of(losses);
    int[] looked = looked(byRank);
    int[] running = numbers(before, true);
    int[] trials =
        IntStream.concat(
                Arrays.stream(looked).map(i -> ended[i]),
                Arrays.stream(running).skip(Math.max(0, running.length - MOST_RUNNING)))
            .toArray();
    double[][] points = points(before, trials);
    double[][] vectors = Arrays.stream(points).map(embedding::features).toArray(double[][]::new);

    double[][] distances = distances(vectors, looked.length);
    double[] seen = at(looked, losses);
    Fit ranked = fit(seen, at(looked, byRank), distances);
    Fit plain = fit(seen, at(looked, Outcomes.plain(losses)), distances);
    Fit fit = plain.quality() > ranked.quality() ? plain : ranked;
    GaussianProcess process =
        new GaussianProcess(
            transposed(vectors),
            IntStream.range(0, embedding.features()).map(embedding::dimension).toArray(),
            fit.outcomes(),
            fit.parameters());
    int incumbent = -1;
    double lowest = Double.POSITIVE_INFINITY;
    for (int i = 0; i < points.length; i++) {
      process.at(vectors[i]);
      if (process.mean() < lowest) {
        lowest = process.mean();
        incumbent = i;
      }
    }
    double[] found =
        new ImprovementSearch(space, embedding, process, lowest)
            .run(
                i ->
                    sequence.point(
                        (int) ((long) trial * ImprovementSearch.SPREAD + i & 0x7fffffff)),
                points[incumbent],
                Draws.stream(search.seed(), Draws.Purpose.CANDIDATES, trial, 0));
    return point(found);
  }

  /**
   * What the process learns from.
   *
   * @param outcomes in the order of the points
   * @param quality the logarithm of the density that the losses of the better half have, each given
   *     all other outcomes; comparable between outcomes of the same losses
   */
  private record Fit(double[] outcomes, GaussianProcess.Parameters parameters, double quality) {}

  /**
   * The likeliest kernel for outcomes laid out in one way.
   *
   * @param losses in the order of the points
   * @param outcomes likewise, linear in the losses of the better half
   */
  private static Fit fit(double[] losses, double[] outcomes, double[][] distances) {
    MarginalLikelihood likelihood = new MarginalLikelihood(distances, outcomes);
    GaussianProcess.Parameters parameters = likelihood.likeliest();
    int[] good = Outcomes.betterHalf(losses);
    int best = good[0];
    int worst = good[0];
    for (int i : good) {
      best = losses[i] < losses[best] ? i : best;
      worst = losses[i] > losses[worst] ? i : worst;
    }
    double unit = (outcomes[worst] - outcomes[best]) / (losses[worst] - losses[best]);
    // Where all good ones are equal, no way to lay them out tells them better.
    double quality =
        unit > 0 && unit < Double.POSITIVE_INFINITY
            ? likelihood.leaveOneOut(parameters, good) + good.length * StrictMath.log(unit)
            : 0;
    return new Fit(outcomes, parameters, quality);
  }

  private static double[] at(int[] places, double[] all) {
    return Arrays.stream(places).mapToDouble(i -> all[i]).toArray();
  }

  /** The places of those that the process learns from, increasing. */
  private static int[] looked(double[] outcomes) {
    IntStream all = IntStream.range(0, outcomes.length);
    if (outcomes.length <= MOST_ENDED) {
      return all.toArray();
    }
    int[] byOutcome =
        all.boxed()
            .sorted((a, b) -> Double.compare(outcomes[a], outcomes[b]))
            .mapToInt(Integer::intValue)
            .toArray();
    int good = MOST_ENDED / 2;
    int[] others = Arrays.copyOfRange(byOutcome, good, byOutcome.length);
    Arrays.sort(others);
    return IntStream.concat(
            Arrays.stream(byOutcome, 0, good),
            Arrays.stream(others).skip(others.length - (MOST_ENDED - good)))
        .sorted()
        .toArray();
  }

  /** By trial and dimension; NaN where a dimension does not apply. */
  private double[][] points(List<TrialRecord> before, int[] trials) {
    synchronized (observations) {
      observations.follow(before);
      double[][] points = new double[trials.length][embedding.dimensions()];
      for (int d = 0; d < embedding.dimensions(); d++) {
        double[] coordinates = observations.coordinates(d);
        for (int i = 0; i < trials.length; i++) {
          points[i][d] = coordinates[trials[i]];
        }
      }
      return points;
    }
  }

  private double[][] transposed(double[][] vectors) {
    double[][] features = new double[embedding.features()][vectors.length];
    for (int f = 0; f < features.length; f++) {
      for (int i = 0; i < vectors.length; i++) {
        features[f][i] = vectors[i][f];
      }
    }
    return features;
  }

  /** The squared distances of the first {@code count}, as {@link MarginalLikelihood} has them. */
  private double[][] distances(double[][] vectors, int count) {
    double[][] distances = new double[embedding.dimensions()][count * (count - 1) / 2];
    for (int f = 0; f < embedding.features(); f++) {
      double[] squares = distances[embedding.dimension(f)];
      for (int i = 0, pair = 0; i < count; i++) {
        for (int j = i + 1; j < count; j++) {
          double distance = vectors[i][f] - vectors[j][f];
          squares[pair++] += distance * distance;
        }
      }
    }
    return distances;
  }

  private Point point(double[] coordinates) {
    Map<String, ParameterValue> values = new LinkedHashMap<>();
    for (int d = 0; d < coordinates.length; d++) {
      if (!Double.isNaN(coordinates[d])) {
        values.put(space.dimensions().get(d).name(), observations.kind(d).value(coordinates[d]));
      }
    }
    return new Point(Collections.unmodifiableMap(values));
  }
}
