package dev.caviar.coordinator.search;

import dev.caviar.coordinator.search.History.Status;
import dev.caviar.coordinator.search.History.TrialRecord;
import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.commons.rng.UniformRandomProvider;

/**
 * The covariance matrix adaptation evolution strategy: draws generation after generation of trials
 * from a normal distribution whose mean, step and covariance follow the better half of each.
 * Hansen, "The CMA evolution strategy: a tutorial", arXiv 1604.00772. {@link EvolutionState} has
 * its equations; this class has what a sweep adds to them.
 *
 * <ul>
 *   <li>It sees the ranges as sides of the unit cube, each on its own scale. A point outside is
 *       drawn again, up to a hundred times, and then moved to the nearest one inside.
 *   <li>The first generation is drawn around the middle, with the standard deviation {@code step}
 *       along each side. Generation g is of λ trials in a row.
 *   <li>A generation counts when all its trials have ended, and in the order of their numbers,
 *       however they end. Whoever asks before gets a point of the newest distribution there is, so
 *       workers never wait. When its turn comes, a point that is not what its generation's
 *       distribution would have drawn, as one that was asked for too early, is taken in as a point
 *       from outside with no longer a step than the strategy's own have: Hansen, "Injecting
 *       external solutions into CMA-ES", arXiv 1110.4181, eq. (4).
 *   <li>Failed and diverged trials are the worst of their generation; of equals the lower trial
 *       number is better. A generation of only such trials changes nothing.
 *   <li>A whole number is the one nearest to a real number. So that none gets stuck, a coordinate's
 *       standard deviation is at least so large that its next number has a probability of 1/(2nλ),
 *       with n coordinates: the margin of Hamano et al., "CMA-ES with margin", arXiv 2205.13482.
 *   <li>A dimension under a condition has its side all the same, and moves without selection in
 *       trials to which it does not apply.
 *   <li>Where nothing is to be gained any more, by the criteria of the tutorial's appendix B.3, it
 *       starts again at a random place with twice the population: Auger and Hansen, "A restart CMA
 *       evolution strategy with increasing population size", 2005.
 * </ul>
 *
 * <p>There is no distance between choices, so that a space with any is refused.
 *
 * <p>Own code, because the optimizers of Hipparchus and Commons Math call the objective themselves:
 * they cannot be asked for a point, told of a result, or started from a history.
 */
public final class CmaEsSampler implements Sampler {
  /** How often a point is drawn until it lies in the cube. */
  private static final int MOST_DRAWS = 100;

  /** Of a range; no trial tells such settings apart. */
  private static final double LEAST_DEVIATION = 1e-8;

  /** Losses that differ by less are equal. */
  private static final double LEAST_DIFFERENCE = 1e-12;

  private static final double LARGEST_CONDITION = 1e14;

  private final SearchSpace space;
  private final Search.CmaEs search;

  /** The places in the space of the dimensions that have more than one value. */
  private final int[] varied;

  private final EvolutionParameters first;

  /** Where the last question led to: a shortcut for the next. Used under its lock. */
  private final Object lock = new Object();

  private List<TrialRecord> known = List.of();
  private boolean minimized = true;
  private Progress reached;

  /**
   * @throws IllegalArgumentException if a dimension is a choice, see {@link #searches}
   */
  public CmaEsSampler(SearchSpace space, Search.CmaEs search) {
    for (Dimension dimension : space.dimensions()) {
      if (!searches(dimension)) {
        throw new IllegalArgumentException("not a range: " + dimension.name());
      }
    }
    this.space = space;
    this.search = search;
    this.varied =
        IntStream.range(0, space.dimensions().size())
            .filter(i -> varies(space.dimensions().get(i).domain()))
            .toArray();
    int n = Math.max(1, varied.length);
    this.first =
        EvolutionParameters.of(
            n,
            search.population() == Search.CmaEs.STANDARD_POPULATION
                ? EvolutionParameters.standardPopulation(n)
                : search.population());
    this.reached = start();
  }

  /** Whether it can search along a dimension: a range, or a choice of only one. */
  public static boolean searches(Dimension dimension) {
    return !(dimension.domain() instanceof Domain.Choices c) || c.values().size() == 1;
  }

  private static boolean varies(Domain domain) {
    return switch (domain) {
      case Domain.RealRange r -> true;
      case Domain.WholeRange w -> w.min() < w.max();
      case Domain.Choices c -> false;
    };
  }

  @Override
  public Proposal propose(int trial, History history) {
    if (trial >= search.trials()) {
      return new Proposal.Exhausted();
    }
    if (varied.length == 0) {
      return new Proposal.Sampled(point(new double[1]), null);
    }
    List<TrialRecord> before =
        history.trials().subList(0, Math.min(trial, history.trials().size()));
    return new Proposal.Sampled(
        point(draw(follow(before, history.minimize()).distribution(), trial)), null);
  }

  @Override
  public int independentOfResults() {
    return varied.length == 0 ? Integer.MAX_VALUE : first.population();
  }

  @Override
  public boolean dependsOnOrderOfResults() {
    return true;
  }

  /** How many trials the first generation has: λ. */
  public int population() {
    return first.population();
  }

  /**
   * What the strategy has come to.
   *
   * @param next the first trial of the generation to come
   * @param losses of the best trial of each generation since the last start
   */
  private record Progress(Distribution distribution, int next, List<Double> losses) {}

  /**
   * A state, and by how much its steps are longer along some coordinates for the sake of whole
   * numbers.
   */
  private record Distribution(EvolutionState state, double[] stretch) {}

  private Progress start() {
    double[] middle = new double[Math.max(1, varied.length)];
    Arrays.fill(middle, 0.5);
    return new Progress(
        distribution(EvolutionState.start(first, middle, search.step())), 0, List.of());
  }

  /** What all generations led to that are complete and have only complete ones before them. */
  private Progress follow(List<TrialRecord> trials, boolean minimize) {
    synchronized (lock) {
      if (minimize != minimized || !begins(trials, known)) {
        reached = start();
        known = List.of();
        minimized = minimize;
      }
      boolean moved = false;
      while (complete(trials, reached)) {
        reached = after(reached, trials, minimize);
        moved = true;
      }
      if (moved) {
        known = List.copyOf(trials.subList(0, reached.next()));
      }
      return reached;
    }
  }

  private static boolean begins(List<TrialRecord> trials, List<TrialRecord> beginning) {
    if (trials.size() < beginning.size()) {
      return false;
    }
    for (int i = 0; i < beginning.size(); i++) {
      if (!trials.get(i).equals(beginning.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean complete(List<TrialRecord> trials, Progress progress) {
    int end = progress.next() + progress.distribution().state().parameters().population();
    return end <= trials.size()
        && trials.subList(progress.next(), end).stream()
            .allMatch(trial -> trial.status() != Status.RUNNING);
  }

  private Progress after(Progress progress, List<TrialRecord> trials, boolean minimize) {
    Distribution distribution = progress.distribution();
    int end = progress.next() + distribution.state().parameters().population();
    List<TrialRecord> generation = trials.subList(progress.next(), end);
    // The sort is stable: of equals the lower number stays first.
    List<TrialRecord> ranked =
        generation.stream()
            .sorted(
                Comparator.<TrialRecord>comparingDouble(trial -> loss(trial, minimize))
                    .thenComparingDouble(CmaEsSampler::violation))
            .toList();
    double best = loss(ranked.getFirst(), minimize);
    if (best == Double.POSITIVE_INFINITY && violation(ranked.getFirst()) == best) {
      return new Progress(distribution, end, progress.losses());
    }
    EvolutionState state =
        distribution
            .state()
            .next(
                ranked.stream().map(trial -> step(distribution, trial)).toList(),
                distribution.stretch());
    List<Double> losses = new ArrayList<>(progress.losses());
    losses.add(best);
    List<Double> ofGeneration =
        ranked.stream().map(t -> loss(t, minimize)).filter(Double::isFinite).toList();
    if (exhausted(state, losses, ofGeneration)) {
      return restart(state.parameters(), end);
    }
    return new Progress(distribution(state), end, List.copyOf(losses));
  }

  /** Of trials that are infeasible; infinite for those that came to nothing at all. */
  private static double violation(TrialRecord trial) {
    return trial.status() == Status.INFEASIBLE ? trial.violation() : Double.POSITIVE_INFINITY;
  }

  /** Infinite for a trial that came to nothing. */
  private static double loss(TrialRecord trial, boolean minimize) {
    Double result = trial.result();
    if (result == null) {
      return Double.POSITIVE_INFINITY;
    }
    return minimize ? result : -result;
  }

  /** Whether nothing is to be gained any more: TolX, TolFun and ConditionCov of appendix B.3. */
  private static boolean exhausted(
      EvolutionState state, List<Double> losses, List<Double> ofGeneration) {
    if (!(state.largestDeviation() > LEAST_DEVIATION) || !(state.condition() < LARGEST_CONDITION)) {
      return true;
    }
    EvolutionParameters parameters = state.parameters();
    int recent = 10 + Math.ceilDiv(30 * parameters.dimensions(), parameters.population());
    if (losses.size() < recent) {
      return false;
    }
    double[] all =
        Stream.concat(
                losses.subList(losses.size() - recent, losses.size()).stream(),
                ofGeneration.stream())
            .mapToDouble(Double::doubleValue)
            .sorted()
            .toArray();
    return all[all.length - 1] - all[0] < LEAST_DIFFERENCE;
  }

  private Progress restart(EvolutionParameters before, int next) {
    int n = varied.length;
    UniformRandomProvider random = Draws.stream(search.seed(), Draws.Purpose.RESTART, next, 0);
    EvolutionParameters parameters = EvolutionParameters.of(n, 2 * before.population());
    double[] place = random.doubles(n).toArray();
    return new Progress(
        distribution(EvolutionState.start(parameters, place, search.step())), next, List.of());
  }

  private Distribution distribution(EvolutionState state) {
    int n = state.parameters().dimensions();
    double[] stretch = new double[n];
    double margin = 1.0 / (2.0 * n * state.parameters().population());
    double quantile = Normal.quantile(1 - margin);
    for (int i = 0; i < n; i++) {
      double least = 0;
      if (i < varied.length
          && space.dimensions().get(varied[i]).domain() instanceof Domain.WholeRange range) {
        least = toNextNumber(range, state.mean(i)) / quantile;
      }
      stretch[i] = Math.max(1, least / state.deviation(i));
    }
    return new Distribution(state, stretch);
  }

  /** How far it is along the side to where another number is the nearest. */
  private static double toNextNumber(Domain.WholeRange range, double u) {
    long number =
        UnitCube.value(range, u) instanceof ParameterValue.Whole(long n) ? n : range.min();
    double low = range.min() - 0.5;
    double high = range.max() + 0.5;
    double below =
        number == range.min()
            ? Double.POSITIVE_INFINITY
            : u - range.scale().toUnit(number - 0.5, low, high);
    double above =
        number == range.max()
            ? Double.POSITIVE_INFINITY
            : range.scale().toUnit(number + 0.5, low, high) - u;
    return Math.max(0, Math.min(below, above));
  }

  /** What a distribution draws for a trial: a place in the cube. */
  private double[] draw(Distribution distribution, int trial) {
    EvolutionState state = distribution.state();
    int n = varied.length;
    UniformRandomProvider random = Draws.stream(search.seed(), Draws.Purpose.MUTATION, trial, 0);
    double[] z = new double[n];
    double[] place = new double[n];
    for (int attempt = 0; attempt < MOST_DRAWS; attempt++) {
      for (int i = 0; i < n; i++) {
        z[i] = Normal.standard(random);
      }
      double[] y = state.step(z);
      boolean inside = true;
      for (int i = 0; i < n; i++) {
        place[i] = state.mean(i) + state.sigma() * distribution.stretch()[i] * y[i];
        inside &= place[i] >= 0 && place[i] <= 1;
      }
      if (inside) {
        return place;
      }
    }
    for (int i = 0; i < n; i++) {
      place[i] = Math.clamp(place[i], 0, 1);
    }
    return place;
  }

  /** The step that led to a trial of this distribution's generation. */
  private double[] step(Distribution distribution, TrialRecord trial) {
    double[] place = draw(distribution, trial.trial());
    boolean own = point(place).equals(trial.point());
    if (!own) {
      place = place(trial.point(), distribution.state());
    }
    int n = place.length;
    EvolutionState state = distribution.state();
    double[] step = new double[n];
    for (int i = 0; i < n; i++) {
      step[i] = (place[i] - state.mean(i)) / (state.sigma() * distribution.stretch()[i]);
    }
    if (!own) {
      double length = EvolutionState.norm(state.whitened(step));
      double longest = StrictMath.sqrt(n) + 2.0 * n / (n + 2);
      for (int i = 0; length > longest && i < n; i++) {
        step[i] *= longest / length;
      }
    }
    return step;
  }

  /** Where a point lies; at the mean in dimensions that do not apply to it. */
  private double[] place(Point point, EvolutionState state) {
    double[] place = new double[varied.length];
    for (int i = 0; i < place.length; i++) {
      Dimension dimension = space.dimensions().get(varied[i]);
      ParameterValue value = point.values().get(dimension.name());
      place[i] = value == null ? state.mean(i) : UnitCube.coordinate(dimension.domain(), value);
    }
    return place;
  }

  private Point point(double[] place) {
    double[] whole = new double[space.dimensions().size()];
    for (int i = 0; i < varied.length; i++) {
      whole[varied[i]] = place[i];
    }
    return UnitCube.point(space, whole);
  }
}
