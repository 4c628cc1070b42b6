package dev.caviar.coordinator.search;

import static dev.caviar.coordinator.search.Spaces.always;
import static dev.caviar.coordinator.search.Spaces.number;
import static dev.caviar.coordinator.search.Spaces.real;
import static dev.caviar.coordinator.search.Spaces.sampled;
import static dev.caviar.coordinator.search.Spaces.units;
import static dev.caviar.coordinator.search.Spaces.when;
import static dev.caviar.coordinator.search.Spaces.whole;
import static dev.caviar.coordinator.search.Spaces.widening;
import static dev.caviar.coordinator.search.Spaces.words;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.coordinator.search.History.TrialRecord;
import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.Scale;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class SamplerPropertyTest {
  @Property(tries = 200)
  void randomPointsLieInTheirSpace(@ForAll("spaces") SearchSpace space, @ForAll long seed) {
    Sampler sampler = new RandomSampler(space, new Search.Random(20, seed));

    for (Point point : Spaces.points(sampler, 20)) {
      assertLiesIn(space, point, false);
    }
  }

  @Property(tries = 200)
  void sobolPointsLieInTheirSpaceInWhicheverOrderTheyAreAskedFor(
      @ForAll("spaces") SearchSpace space, @ForAll long seed) {
    assertLieInAnyOrder(space, () -> new SobolSampler(space, new Search.Sobol(20, seed)));
  }

  @Property(tries = 200)
  void haltonPointsLieInTheirSpaceInWhicheverOrderTheyAreAskedFor(
      @ForAll("spaces") SearchSpace space, @ForAll long seed) {
    assertLieInAnyOrder(space, () -> new HaltonSampler(space, new Search.Halton(20, seed)));
  }

  @Property(tries = 200)
  void tpePointsLieInTheirSpaceAndFollowFromTheHistory(
      @ForAll("spaces") SearchSpace space, @ForAll long seed) {
    assertFollowFromTheHistory(
        space, 40, () -> new TpeSampler(space, new Search.Tpe(40, seed, 5, 8)));
  }

  @Property(tries = 200)
  void cmaEsPointsLieInTheirSpaceAndFollowFromTheHistory(
      @ForAll("spaces") SearchSpace space, @ForAll long seed) {
    Set<String> choices =
        space.dimensions().stream()
            .filter(d -> !CmaEsSampler.searches(d))
            .map(Dimension::name)
            .collect(Collectors.toSet());
    SearchSpace ranges =
        new SearchSpace(
            space.dimensions().stream().filter(d -> !choices.contains(d.name())).toList(),
            space.constants());
    assertFollowFromTheHistory(
        ranges, 40, () -> new CmaEsSampler(ranges, new Search.CmaEs(40, seed, 4, 0.3)));
  }

  private static void assertFollowFromTheHistory(
      SearchSpace space, int count, Supplier<Sampler> samplers) {
    Sampler sampler = samplers.get();
    List<TrialRecord> trials = new ArrayList<>();
    for (int trial = 0; trial < count; trial++) {
      Point point = sampled(sampler, trial, new History(trials, false));
      assertLiesIn(space, point, false);
      trials.add(
          switch (trial % 7) {
            case 3 -> Spaces.failed(trial, point);
            case 5 -> Spaces.running(trial, point);
            default -> Spaces.completed(trial, point, point.values().hashCode() % 1_000);
          });
    }

    Sampler again = samplers.get();
    History history = new History(trials, false);
    for (int trial = count - 1; trial >= 0; trial -= 3) {
      assertThat(sampled(again, trial, history)).isEqualTo(trials.get(trial).point());
    }
  }

  @Property(tries = 50)
  void gaussianProcessPointsLieInTheirSpaceAndFollowFromTheHistory(
      @ForAll("spaces") SearchSpace space, @ForAll long seed) {
    Search.GaussianProcess search = new Search.GaussianProcess(14, seed, 3);
    assertFollowFromTheHistory(space, 14, () -> new GaussianProcessSampler(space, search));
  }

  private static void assertLieInAnyOrder(SearchSpace space, Supplier<Sampler> samplers) {
    List<Point> points = Spaces.points(samplers.get(), 25);
    assertThat(points).hasSize(20);
    Sampler again = samplers.get();
    for (int trial = 19; trial >= 0; trial--) {
      assertLiesIn(space, points.get(trial), false);
      assertThat(sampled(again, trial, Spaces.NO_HISTORY)).isEqualTo(points.get(trial));
    }
  }

  @Property(tries = 200)
  void gridsHaveAllPointsOnce(@ForAll("spaces") SearchSpace space) {
    GridSampler sampler = new GridSampler(space, new Search.Grid(2_000, 1, 3));
    List<Point> points = Spaces.points(sampler, 2_000);

    for (Point point : points) {
      assertLiesIn(space, point, false);
    }
    assertThat(new HashSet<>(points)).hasSize(points.size());
    assertThat(points).hasSize((int) Math.min(2_000, sampler.size()));
    List<Map<String, ParameterValue>> expected = new ArrayList<>();
    enumerate(space, 0, new LinkedHashMap<>(), expected);
    assertThat(points.stream().map(Point::values))
        .containsExactlyElementsOf(expected.subList(0, points.size()));
    if (expected.size() <= 2_000) {
      assertThat(sampler.size()).isEqualTo(expected.size());
    }
  }

  /** A grid's points by walking through all of them, up to somewhat above 2,000. */
  private static void enumerate(
      SearchSpace space,
      int i,
      Map<String, ParameterValue> values,
      List<Map<String, ParameterValue>> into) {
    if (into.size() > 2_000) {
      return;
    }
    if (i == space.dimensions().size()) {
      into.add(new LinkedHashMap<>(values));
      return;
    }
    Dimension dimension = space.dimensions().get(i);
    if (!space.applies(dimension, values)) {
      enumerate(space, i + 1, values, into);
      return;
    }
    for (ParameterValue value : GridAxis.of(dimension.domain(), 3)) {
      values.put(dimension.name(), value);
      enumerate(space, i + 1, values, into);
      values.remove(dimension.name());
    }
  }

  @Property(tries = 200)
  void coarseToFinePointsLieInTheirStageAndSpace(
      @ForAll("spaces") SearchSpace space, @ForAll long seed) {
    Search.CoarseToFine search = new Search.CoarseToFine(40, seed, 4, 0.25);
    Sampler sampler = new CoarseToFineSampler(space, search);
    List<TrialRecord> trials = new ArrayList<>();
    Map<Integer, Stage> stages = new HashMap<>();
    for (int trial = 0; trial < 40; trial++) {
      History history = new History(List.copyOf(trials), true);
      Proposal.Sampled sampled = (Proposal.Sampled) sampler.propose(trial, history);
      Stage stage = Objects.requireNonNull(sampled.stage());
      assertThat(stages.computeIfAbsent(stage.number(), n -> stage)).isEqualTo(stage);
      Point point = sampled.point();
      assertLiesIn(space, point, true);
      for (Stage.Side side : stage.sides()) {
        ParameterValue value = point.values().get(side.dimension());
        assertThat(value == null || side.domain().contains(value)).isTrue();
      }
      // Every seventh fails; the others are better the smaller their first value.
      double objective =
          point.values().values().stream().findFirst().map(v -> v.hashCode() % 100).orElse(0);
      trials.add(
          trial % 7 == 3 ? Spaces.failed(trial, point) : Spaces.completed(trial, point, objective));
    }

    History history = new History(trials, true);
    Sampler again = new CoarseToFineSampler(space, search);
    for (int trial = 39; trial >= 0; trial--) {
      assertThat(sampled(again, trial, history)).isEqualTo(trials.get(trial).point());
    }
  }

  @Property(tries = 200)
  void sidesHoldTheBestAndDoNotGrow(@ForAll("spaces") SearchSpace space, @ForAll long seed) {
    Sampler sampler = new CoarseToFineSampler(space, new Search.CoarseToFine(30, seed, 3, 0.25));
    History history = Spaces.run(sampler, 30, p -> p.values().hashCode() % 1_000);
    for (int first = 10; first < 30; first += 10) {
      Stage before = Objects.requireNonNull(Spaces.stage(sampler, first - 1, history));
      Stage stage = Objects.requireNonNull(Spaces.stage(sampler, first, history));
      Point best = history.trials().get(stage.drawnFrom().getFirst()).point();
      for (int i = 0; i < stage.sides().size(); i++) {
        Stage.Side side = stage.sides().get(i);
        ParameterValue value = best.values().get(side.dimension());
        assertThat(value == null || side.domain().contains(value)).isTrue();
        if (!side.hitLowerEdge()
            && side.domain() instanceof Domain.RealRange r
            && before.sides().get(i).domain() instanceof Domain.RealRange was) {
          assertThat(r.min()).isGreaterThanOrEqualTo(was.min());
        }
        if (!side.hitUpperEdge()
            && side.domain() instanceof Domain.WholeRange w
            && before.sides().get(i).domain() instanceof Domain.WholeRange was) {
          assertThat(w.max()).isLessThanOrEqualTo(was.max());
        }
      }
    }
  }

  private static void assertLiesIn(SearchSpace space, Point point, boolean mayWiden) {
    Map<String, ParameterValue> values = point.values();
    Set<String> left = new HashSet<>(values.keySet());
    Map<String, ParameterValue> drawn = new HashMap<>();
    for (Dimension dimension : space.dimensions()) {
      ParameterValue value = values.get(dimension.name());
      assertThat(value != null).isEqualTo(space.applies(dimension, drawn));
      if (value != null) {
        Domain widest = dimension.mayWiden();
        assertThat(
                dimension.domain().contains(value)
                    || (mayWiden && widest != null && widest.contains(value)))
            .isTrue();
        drawn.put(dimension.name(), value);
        left.remove(dimension.name());
      }
    }
    assertThat(left).isEmpty();
    if (values.containsKey("hidden_layers")) {
      assertThat(values.keySet().stream().filter(n -> n.startsWith("hidden_units")))
          .hasSize((int) number(point, "hidden_layers"));
    }
  }

  @Provide
  Arbitrary<SearchSpace> spaces() {
    // One number decides the space, so that a failing one can be told in a word.
    return Arbitraries.longs().map(SamplerPropertyTest::spaceOf);
  }

  private static SearchSpace spaceOf(long seed) {
    Random random = new Random(seed);
    List<Dimension> dimensions = new ArrayList<>();
    if (random.nextBoolean()) {
      int most = 1 + random.nextInt(4);
      dimensions.add(always("hidden_layers", whole(Scale.LINEAR, random.nextInt(most), most)));
      Domain width = domain(random, 1);
      for (int layer = 0; layer < most; layer++) {
        dimensions.add(units(layer, most, width));
      }
    }
    int more = random.nextInt(6);
    for (int i = 0; i < more; i++) {
      dimensions.add(dimension("p" + i, dimensions, random));
    }
    return new SearchSpace(dimensions, Map.of("momentum", new ParameterValue.Real(0.9)));
  }

  private static Dimension dimension(String name, List<Dimension> before, Random random) {
    Domain domain = domain(random, random.nextInt(3));
    if (!before.isEmpty() && random.nextInt(3) == 0) {
      Dimension subject = before.get(random.nextInt(before.size()));
      List<ParameterValue> values = GridAxis.of(subject.domain(), 3);
      return when(name, domain, subject.name(), values.get(random.nextInt(values.size())));
    }
    return switch (domain) {
      case Domain.RealRange r when random.nextBoolean() ->
          widening(
              name,
              r,
              real(
                  r.scale(),
                  r.scale().fromUnit(-0.5, r.min(), r.max()),
                  r.scale().fromUnit(1.5, r.min(), r.max())));
      case Domain.WholeRange w when w.scale() == Scale.LINEAR && random.nextBoolean() ->
          widening(name, w, whole(w.scale(), w.min() - 5, w.max() + 5));
      default -> always(name, domain);
    };
  }

  private static Domain domain(Random random, int kind) {
    List<Scale> scales = List.of(Scale.LINEAR, Scale.LOG, Scale.ONE_MINUS_LOG);
    Scale scale = scales.get(random.nextInt(scales.size()));
    if (kind == 0) {
      return words(
          List.of("a", "b", "c", "d").subList(0, 1 + random.nextInt(4)).toArray(String[]::new));
    }
    if (kind == 1) {
      long span = random.nextInt(random.nextBoolean() ? 4 : 1_000);
      return switch (scale) {
        case LINEAR -> whole(scale, -span / 3, span - span / 3);
        case LOG -> whole(scale, 1 + span / 7, 1 + span / 7 + span);
        case ONE_MINUS_LOG -> whole(scale, -span, 0);
      };
    }
    double low = random.nextDouble();
    return switch (scale) {
      case LINEAR -> real(scale, -low, 100 * random.nextDouble());
      case LOG -> real(scale, Math.pow(10, -9 * low - 1), 1 + low);
      case ONE_MINUS_LOG -> real(scale, low - 0.1, 1 - Math.pow(10, -4 - 4 * low));
    };
  }
}
