package dev.caviar.coordinator.search;

import static dev.caviar.coordinator.search.Spaces.always;
import static dev.caviar.coordinator.search.Spaces.completed;
import static dev.caviar.coordinator.search.Spaces.real;
import static dev.caviar.coordinator.search.Spaces.space;
import static dev.caviar.coordinator.search.Spaces.units;
import static dev.caviar.coordinator.search.Spaces.when;
import static dev.caviar.coordinator.search.Spaces.whole;
import static dev.caviar.coordinator.search.Spaces.word;
import static dev.caviar.coordinator.search.Spaces.words;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.caviar.coordinator.search.History.TrialRecord;
import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.ParameterValue.Real;
import dev.caviar.coordinator.space.ParameterValue.Whole;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.Scale;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.statistics.distribution.NormalDistribution;
import org.apache.commons.statistics.inference.ChiSquareTest;
import org.junit.jupiter.api.Test;

class ParzenEstimatorTest {
  private static final SearchSpace MIXED =
      space(
          always("rate", real(Scale.LOG, 1e-4, 1)),
          always("optimizer", words("sgd", "momentum", "adam")),
          when("beta", real(Scale.ONE_MINUS_LOG, 0.9, 0.999), "optimizer", word("momentum")),
          always("hidden_layers", whole(Scale.LINEAR, 0, 2)),
          units(0, 2, whole(Scale.LINEAR, 50, 100)),
          units(1, 2, whole(Scale.LOG, 1, 6)),
          always("seeds", whole(Scale.LINEAR, 4, 4)));

  private static Observations observations(SearchSpace space, List<Point> points) {
    Observations observations = new Observations(space.dimensions());
    List<TrialRecord> records = new ArrayList<>();
    for (Point point : points) {
      records.add(completed(records.size(), point, 0));
    }
    observations.follow(records);
    return observations;
  }

  private static List<Point> random(SearchSpace space, int count, long seed) {
    return Spaces.points(new RandomSampler(space, new Search.Random(count, seed)), count);
  }

  private static double[] coordinates(SearchSpace space, Point point) {
    return space.dimensions().stream()
        .mapToDouble(
            d -> {
              ParameterValue value = point.values().get(d.name());
              return value == null ? Double.NaN : Coordinate.of(d.domain()).of(value);
            })
        .toArray();
  }

  private static Point point(Object... namesAndValues) {
    Map<String, ParameterValue> values = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      values.put((String) namesAndValues[i], (ParameterValue) namesAndValues[i + 1]);
    }
    return new Point(values);
  }

  @Test
  void hasTheDensitiesOfOptuna() {
    // optuna.samplers._tpe.parzen_estimator._ParzenEstimator of Optuna 5.0.0 with the settings of
    // TPESampler: exp(log_pdf) times the lengths of x and log y.
    SearchSpace space =
        space(
            always("x", real(Scale.LINEAR, -5, 10)),
            always("y", real(Scale.LOG, 1e-4, 1)),
            always("o", words("a", "b", "c")));
    List<Point> trials =
        List.of(
            point("x", new Real(0.5), "y", new Real(0.001), "o", word("a")),
            point("x", new Real(-3), "y", new Real(0.5), "o", word("c")),
            point("x", new Real(7.25), "y", new Real(0.02), "o", word("c")),
            point("x", new Real(1), "y", new Real(0.0005), "o", word("b")),
            point("x", new Real(4), "y", new Real(0.1), "o", word("c")));
    ParzenEstimator estimator =
        new ParzenEstimator(observations(space, trials), new int[] {0, 1, 2, 3, 4});

    assertThat(
            estimator.densities(
                new double[][] {
                  coordinates(space, point("x", new Real(0), "y", new Real(0.01), "o", word("a"))),
                  coordinates(space, point("x", new Real(9), "y", new Real(0.9), "o", word("b"))),
                  coordinates(space, point("x", new Real(4), "y", new Real(0.1), "o", word("c")))
                }))
        .containsExactly(
            new double[] {0.3706178842203878, 0.08313152155072245, 0.9882722678938067},
            within(1e-9));
  }

  @Test
  void hasTheProbabilitiesOfOptunaForWholeNumbers() {
    assertThat(wholes(whole(Scale.LINEAR, 1, 5), 2, 4, 5))
        .containsExactly(
            new double[] {
              0.13001010003299265,
              0.16168447456847188,
              0.1930079562410913,
              0.2469220951380337,
              0.26837537401941053
            },
            within(1e-9));
    assertThat(wholes(whole(Scale.LINEAR, 1, 5), 2, 2, 2, 4, 5, 5))
        .containsExactly(
            new double[] {
              0.13296038949449046,
              0.25841184047365245,
              0.17043928698156818,
              0.18036524900797754,
              0.2578232340423112
            },
            within(1e-9));
    assertThat(wholes(whole(Scale.LOG, 1, 6), 1, 3))
        .containsExactly(
            new double[] {
              0.4249897145031887,
              0.22327501027918176,
              0.13816450303820638,
              0.09400667359546704,
              0.06805902304120187,
              0.05150507554275418
            },
            within(1e-9));
  }

  private static double[] wholes(Domain.WholeRange range, long... trials) {
    SearchSpace space = space(always("n", range));
    List<Point> points = Arrays.stream(trials).mapToObj(n -> point("n", new Whole(n))).toList();
    return new ParzenEstimator(
            observations(space, points), IntStream.range(0, trials.length).toArray())
        .densities(
            IntStream.rangeClosed(0, (int) (range.max() - range.min()))
                .mapToObj(i -> new double[] {i})
                .toArray(double[][]::new));
  }

  @Test
  void isTheFormulaWrittenOut() {
    List<Point> points = random(MIXED, 700, 5);
    Observations observations = observations(MIXED, points);
    double[][] places =
        random(MIXED, 40, 6).stream().map(p -> coordinates(MIXED, p)).toArray(double[][]::new);
    for (int[] members :
        List.of(
            new int[] {},
            new int[] {3},
            new int[] {2, 9},
            IntStream.range(0, 26).map(i -> 7 * i).toArray(),
            IntStream.range(0, 700).filter(i -> i % 9 != 4).toArray())) {
      double[] densities = new ParzenEstimator(observations, members).densities(places);

      for (int p = 0; p < places.length; p++) {
        assertThat(densities[p] / writtenOut(MIXED, points, members, places[p]))
            .as("%d trials, point %d", members.length, p)
            .isCloseTo(1, within(1e-9));
      }
    }
  }

  /** One kernel after the other, one dimension after the other. */
  private static double writtenOut(
      SearchSpace space, List<Point> points, int[] members, double[] place) {
    double sum = 0;
    double weights = 0;
    for (int j = 0; j <= members.length; j++) {
      double weight = weight(j, members.length);
      weights += weight;
      double product = weight;
      for (int d = 0; d < place.length; d++) {
        if (!Double.isNaN(place[d])) {
          product *= factor(space.dimensions().get(d), points, members, j, place[d]);
        }
      }
      sum += product;
    }
    return sum / weights;
  }

  private static double weight(int j, int n) {
    if (j >= n - 25) {
      return 1;
    }
    return n == 26 ? 1.0 / n : 1.0 / n + (1 - 1.0 / n) * j / (n - 26);
  }

  private static double factor(
      Dimension dimension, List<Point> points, int[] members, int j, double x) {
    List<ParameterValue> seen =
        Arrays.stream(members)
            .mapToObj(m -> points.get(m).values().get(dimension.name()))
            .filter(v -> v != null)
            .toList();
    ParameterValue own =
        j == members.length ? null : points.get(members[j]).values().get(dimension.name());
    if (dimension.domain() instanceof Domain.Choices c) {
      double k = c.values().size();
      double n = seen.size();
      double hit = c.values().get((int) x).equals(own) ? 1 : 0;
      return own == null ? 1 / k : (hit + 1 / (n + 1)) / (1 + k / (n + 1));
    }
    double[] sorted = seen.stream().mapToDouble(v -> line(dimension, v)).sorted().toArray();
    double mean = own == null ? 0.5 : line(dimension, own);
    if (dimension.domain() instanceof Domain.WholeRange w && w.max() - w.min() < 16) {
      double low = edge(w, w.min() + x - 0.5);
      double high = edge(w, w.min() + x + 0.5);
      // The mean of the kernels of all trials at the same number.
      return IntStream.range(0, own == null ? 1 : sorted.length)
          .filter(i -> own == null || Math.abs(sorted[i] - mean) < 1e-12)
          .mapToDouble(i -> own == null ? 1 : bandwidth(sorted, i, 0))
          .map(
              s -> {
                NormalDistribution normal = NormalDistribution.of(mean, s);
                return normal.probability(low, high) / normal.probability(0, 1);
              })
          .average()
          .orElseThrow();
    }
    double least =
        dimension.domain() instanceof Domain.WholeRange w ? 0.5 / (w.max() - w.min() + 1) : 0;
    // Of trials at the same place the later comes later.
    int before =
        (int)
            IntStream.range(0, members.length)
                .filter(i -> points.get(members[i]).values().containsKey(dimension.name()))
                .filter(
                    i -> {
                      double other =
                          line(
                              dimension,
                              Objects.requireNonNull(
                                  points.get(members[i]).values().get(dimension.name())));
                      return other < mean || (other == mean && i < j);
                    })
                .count();
    double width = own == null ? 1 : bandwidth(sorted, before, least);
    NormalDistribution normal = NormalDistribution.of(mean, width);
    return normal.density(x) / normal.probability(0, 1);
  }

  private static double line(Dimension dimension, ParameterValue value) {
    return switch (value) {
      case Real r -> {
        Domain.RealRange range = (Domain.RealRange) dimension.domain();
        yield range.scale().toUnit(r.value(), range.min(), range.max());
      }
      case Whole w -> edge((Domain.WholeRange) dimension.domain(), (double) w.value());
      default -> throw new AssertionError(value);
    };
  }

  private static double edge(Domain.WholeRange range, double x) {
    return range.scale().toUnit(x, range.min() - 0.5, range.max() + 0.5);
  }

  private static double bandwidth(double[] sorted, int i, double least) {
    int n = sorted.length;
    double left = i == 0 ? 0 : sorted[i] - sorted[i - 1];
    double right = i == n - 1 ? 0 : sorted[i + 1] - sorted[i];
    double width = n == 1 ? Math.max(sorted[0], 1 - sorted[0]) : Math.max(left, right);
    return Math.min(1, Math.max(width, Math.max(least, 1 / Math.min(100.0, n + 2))));
  }

  @Test
  void isOneOverAllPointsOfASpaceWithConditions() {
    SearchSpace space =
        space(
            always("optimizer", words("sgd", "momentum", "adam")),
            when("beta", real(Scale.ONE_MINUS_LOG, 0.9, 0.999), "optimizer", word("momentum")),
            when("layers", whole(Scale.LINEAR, 1, 5), "optimizer", word("adam")));
    ParzenEstimator estimator =
        new ParzenEstimator(
            observations(space, random(space, 30, 3)), IntStream.range(5, 25).toArray());
    List<double[]> places = new ArrayList<>();
    List<Double> volumes = new ArrayList<>();
    places.add(new double[] {0, Double.NaN, Double.NaN});
    volumes.add(1.0);
    for (int i = 0; i < 1_000; i++) {
      places.add(new double[] {1, (i + 0.5) / 1_000, Double.NaN});
      volumes.add(0.001);
    }
    for (int i = 0; i < 5; i++) {
      places.add(new double[] {2, Double.NaN, i});
      volumes.add(1.0);
    }

    double[] densities = estimator.densities(places.toArray(double[][]::new));

    assertThat(
            IntStream.range(0, densities.length)
                .mapToDouble(i -> densities[i] * volumes.get(i))
                .sum())
        .isCloseTo(1, within(1e-4));
  }

  @Test
  void drawsAreAsLikelyAsTheDensitySays() {
    SearchSpace space =
        space(
            always("x", real(Scale.LINEAR, 0, 1)),
            always("n", whole(Scale.LOG, 1, 6)),
            always("o", words("a", "b", "c")));
    ParzenEstimator estimator =
        new ParzenEstimator(
            observations(space, random(space, 12, 8)), IntStream.range(0, 12).toArray());
    UniformRandomProvider random = Draws.stream(4, Draws.Purpose.CANDIDATES, 0, 0);
    int bins = 8;
    long[] counts = new long[bins * 6 * 3];
    for (int i = 0; i < 40_000; i++) {
      int kernel = estimator.drawKernel(random);
      int x = (int) (estimator.draw(0, kernel, random) * bins);
      int n = (int) estimator.draw(1, kernel, random);
      int o = (int) estimator.draw(2, kernel, random);
      counts[(x * 6 + n) * 3 + o]++;
    }
    int steps = 50;
    double[] expected = new double[counts.length];
    for (int box = 0; box < counts.length; box++) {
      int x = box / 18;
      int n = box / 3 % 6;
      int o = box % 3;
      double[][] places =
          IntStream.range(0, steps)
              .mapToObj(i -> new double[] {(x + (i + 0.5) / steps) / bins, n, o})
              .toArray(double[][]::new);
      expected[box] = Arrays.stream(estimator.densities(places)).sum();
    }

    assertThat(ChiSquareTest.withDefaults().test(expected, counts).getPValue())
        .isGreaterThan(0.001);
  }

  @Test
  void olderTrialsWeighLess() {
    assertThat(ParzenEstimator.weights(0)).containsExactly(1);
    assertThat(ParzenEstimator.weights(25)).hasSize(26).containsOnly(1);
    assertThat(ParzenEstimator.weights(26)).startsWith(1 / 26.0, 1).hasSize(27);
    // numpy.linspace(1/28, 1, 3), then ones.
    assertThat(Arrays.copyOf(ParzenEstimator.weights(28), 5))
        .containsExactly(new double[] {1 / 28.0, 29 / 56.0, 1, 1, 1}, within(1e-15));
  }
}
