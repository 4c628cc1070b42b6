package dev.caviar.coordinator.search;

import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.SearchSpace;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.apache.commons.rng.UniformRandomProvider;

/**
 * Finds the point of a space with the largest expected improvement. Points all over the space and
 * near the best trial are looked at, and the most promising of each are improved: real numbers
 * along the slope, whole numbers and choices by trying others, by turns, until neither helps.
 *
 * <p>Points have a coordinate in every dimension, those that do not apply included, so that one has
 * a value as soon as another's makes it apply.
 */
final class ImprovementSearch {
  /** How many points are looked at all over the space. */
  static final int SPREAD = 512;

  private static final int NEAR = 128;
  private static final int SPREAD_STARTS = 5;
  private static final int NEAR_STARTS = 3;
  private static final int MOST_TURNS = 4;

  /** A turn that gains less in log EI is the last one. */
  private static final double NEGLIGIBLE = 1e-3;

  private static final int MOST_STEPS = 40;

  private final SearchSpace space;
  private final List<Dimension> dimensions;
  private final List<Coordinate> kinds;
  private final Embedding embedding;
  private final GaussianProcess process;
  private final double best;

  /** A point and its log EI. */
  private record Candidate(double[] point, double value) {}

  /**
   * A search for what falls below {@code best}.
   *
   * @param best the lowest mean of the process at trials
   */
  ImprovementSearch(SearchSpace space, Embedding embedding, GaussianProcess process, double best) {
    this.space = space;
    this.dimensions = space.dimensions();
    this.kinds = dimensions.stream().map(d -> Coordinate.of(d.domain())).toList();
    this.embedding = embedding;
    this.process = process;
    this.best = best;
  }

  /**
   * The best point found, by dimension; NaN where one does not apply.
   *
   * @param places {@link #SPREAD} places of the unit cube, by number
   * @param incumbent the best trial's point, by dimension; NaN where one does not apply
   */
  double[] run(IntFunction<double[]> places, double[] incumbent, UniformRandomProvider random) {
    List<Candidate> spread = new ArrayList<>();
    for (int i = 0; i < SPREAD; i++) {
      spread.add(candidate(coordinates(places.apply(i))));
    }
    List<Candidate> near = new ArrayList<>();
    for (int i = 0; i < NEAR; i++) {
      near.add(candidate(neighbour(incumbent, spread.get(i).point(), random)));
    }
    List<Candidate> starts = new ArrayList<>(most(spread, SPREAD_STARTS));
    starts.addAll(most(near, NEAR_STARTS));
    Candidate found = starts.getFirst();
    for (Candidate start : starts) {
      Candidate improved = improved(start);
      found = improved.value() > found.value() ? improved : found;
    }
    return applying(found.point());
  }

  private static List<Candidate> most(List<Candidate> candidates, int count) {
    return candidates.stream()
        .sorted(Comparator.comparingDouble(Candidate::value).reversed())
        .limit(count)
        .toList();
  }

  private double[] coordinates(double[] place) {
    double[] point = new double[dimensions.size()];
    for (int d = 0; d < point.length; d++) {
      Domain domain = dimensions.get(d).domain();
      point[d] =
          kinds.get(d) instanceof Coordinate.Line line
              ? line.nearest(place[d])
              : kinds.get(d).of(UnitCube.value(domain, place[d]));
    }
    return point;
  }

  /** A point near the incumbent, at a distance of any magnitude, or off it by a choice. */
  private double[] neighbour(double[] incumbent, double[] other, UniformRandomProvider random) {
    double[] point = other.clone();
    double distance = 0.3 * StrictMath.pow(10, -2.5 * random.nextDouble());
    for (int d = 0; d < point.length; d++) {
      double centre = incumbent[d];
      boolean moves = random.nextInt(point.length) < 2;
      if (Double.isNaN(centre)) {
        continue;
      }
      if (kinds.get(d) instanceof Coordinate.Line line) {
        point[d] = line.nearest(Normal.inUnit(centre, distance, random));
      } else if (!moves) {
        point[d] = centre;
      }
    }
    return point;
  }

  private Candidate candidate(double[] point) {
    process.at(embedding.features(applying(point)));
    return new Candidate(
        point, LogExpectedImprovement.of(process.mean(), process.deviation(), best));
  }

  /** The point with NaN in the dimensions that do not apply. */
  private double[] applying(double[] point) {
    double[] applying = point.clone();
    Map<String, ParameterValue> values = new HashMap<>();
    for (int d = 0; d < point.length; d++) {
      Dimension dimension = dimensions.get(d);
      if (space.applies(dimension, values)) {
        values.put(dimension.name(), kinds.get(d).value(point[d]));
      } else {
        applying[d] = Double.NaN;
      }
    }
    return applying;
  }

  private Candidate improved(Candidate start) {
    Candidate candidate = start;
    for (int turn = 0; turn < MOST_TURNS; turn++) {
      double before = candidate.value();
      candidate = climbed(candidate);
      for (int d = 0; d < dimensions.size(); d++) {
        candidate = exchanged(candidate, d);
      }
      if (candidate.value() - before < NEGLIGIBLE) {
        break;
      }
    }
    return candidate;
  }

  /** Along the slope of all numbers that apply; whole ones as if they were real, then rounded. */
  private Candidate climbed(Candidate from) {
    double[] applying = applying(from.point());
    int[] lines = new int[applying.length];
    int count = 0;
    for (int d = 0; d < applying.length; d++) {
      if (kinds.get(d) instanceof Coordinate.Line && !Double.isNaN(applying[d])) {
        lines[count++] = d;
      }
    }
    if (count == 0) {
      return from;
    }
    double[] start = new double[count];
    double[] high = new double[count];
    for (int i = 0; i < count; i++) {
      start[i] = applying[lines[i]];
      high[i] = 1;
    }
    Lbfgs.Objective objective =
        (x, gradient) -> {
          for (int i = 0; i < x.length; i++) {
            applying[lines[i]] = x[i];
          }
          double[] features = embedding.features(applying);
          process.at(features);
          LogExpectedImprovement.Gradient improvement =
              LogExpectedImprovement.gradient(process.mean(), process.deviation(), best);
          double[] slopes =
              process.gradient(features, improvement.byMean(), improvement.byDeviation());
          for (int i = 0; i < x.length; i++) {
            gradient[i] = -embedding.slope(lines[i], features, slopes);
          }
          return -improvement.value();
        };
    double[] top =
        new Lbfgs(new double[count], high, MOST_STEPS, 1e-2).minimize(objective, start).x();
    double[] point = from.point().clone();
    for (int i = 0; i < count; i++) {
      point[lines[i]] = ((Coordinate.Line) kinds.get(lines[i])).nearest(top[i]);
    }
    return better(from, point);
  }

  private Candidate better(Candidate than, double[] point) {
    Candidate other = candidate(point);
    return other.value() > than.value() ? other : than;
  }

  /** With the value of one dimension that is best while all others stay; real ones stay, too. */
  private Candidate exchanged(Candidate from, int d) {
    if (Double.isNaN(applying(from.point())[d])) {
      return from;
    }
    return switch (kinds.get(d)) {
      case Coordinate.Choice choice -> exchanged(from, d, choice.count());
      case Coordinate.Cells cells -> exchanged(from, d, cells.count());
      case Coordinate.Line(Domain.WholeRange range, double _) ->
          stepped(stepped(from, d, range, -1), d, range, 1);
      case Coordinate.Line _ -> from;
    };
  }

  private Candidate exchanged(Candidate from, int d, int count) {
    Candidate found = from;
    for (int value = 0; value < count; value++) {
      if (value != from.point()[d]) {
        found = better(found, with(from.point(), d, value));
      }
    }
    return found;
  }

  /** Away in one direction, twice as far each time, as long as that helps. */
  private Candidate stepped(Candidate from, int d, Domain.WholeRange range, int direction) {
    Candidate found = from;
    for (long step = 1; ; step *= 2) {
      long number = ((ParameterValue.Whole) kinds.get(d).value(found.point()[d])).value();
      long room = direction > 0 ? range.max() - number : number - range.min();
      // A range wider than a long can count has a negative room, and none of its steps is needed.
      if (room < step) {
        return found;
      }
      ParameterValue next = new ParameterValue.Whole(number + direction * step);
      Candidate tried = better(found, with(found.point(), d, kinds.get(d).of(next)));
      if (!(tried.value() > found.value())) {
        return found;
      }
      found = tried;
    }
  }

  private static double[] with(double[] point, int d, double value) {
    double[] changed = point.clone();
    changed[d] = value;
    return changed;
  }
}
