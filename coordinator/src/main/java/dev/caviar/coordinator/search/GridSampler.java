package dev.caviar.coordinator.search;

import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.Dimension.Test;
import dev.caviar.coordinator.space.Hyperparameter;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * Every combination of values, the last dimension varying fastest. A range takes points that are
 * evenly spaced on its scale, both ends among them (the middle where it has one point); whole
 * numbers are rounded, and none comes twice. A dimension multiplies only where it applies, so no
 * point comes twice either.
 *
 * <p>Points are counted, not listed: a grid may be far larger than what is ever run of it.
 */
public final class GridSampler implements Sampler {
  private final SearchSpace space;
  private final int trials;
  private final List<List<ParameterValue>> axes;

  /** Dimensions whose value decides whether a later one applies. */
  private final Set<String> tested = new HashSet<>();

  /**
   * For each dimension the conditions of itself and of those after it, as far as the dimensions
   * before it decide them.
   */
  private final List<List<Dimension>> decided = new ArrayList<>();

  private final Map<State, Long> counts = new ConcurrentHashMap<>();

  /**
   * All that the number of combinations from a dimension on depends on: which conditions the values
   * so far rule out. The values themselves would be as many states as there are combinations.
   */
  private record State(int dimension, BitSet ruledOut) {}

  public GridSampler(SearchSpace space, Search.Grid search) {
    this.space = space;
    this.trials = search.trials();
    List<Dimension> dimensions = space.dimensions();
    this.axes =
        dimensions.stream()
            .map(
                d ->
                    GridAxis.of(
                        d.domain(), Objects.requireNonNullElse(d.gridPoints(), search.points())))
            .toList();
    Map<String, Integer> places = new HashMap<>();
    for (int i = 0; i < dimensions.size(); i++) {
      places.put(dimensions.get(i).name(), i);
      tests(dimensions.get(i)).forEach(this::addSubjects);
    }
    for (int i = 0; i < dimensions.size(); i++) {
      int place = i;
      decided.add(
          dimensions.subList(i, dimensions.size()).stream()
              .map(d -> onlyTests(d, test -> isDecided(test, place, places)))
              .filter(d -> !tests(d).isEmpty())
              .toList());
    }
  }

  private static List<Test> tests(Dimension dimension) {
    Dimension.Condition condition = dimension.condition();
    return condition == null ? List.of() : condition.tests();
  }

  private static Dimension onlyTests(Dimension d, Predicate<Test> kept) {
    var condition = new Dimension.Condition(tests(d).stream().filter(kept).toList());
    return new Dimension(
        d.name(), d.parameter(), d.layer(), d.domain(), condition, d.gridPoints(), d.mayWiden());
  }

  private void addSubjects(Test test) {
    tested.add(test.parameter());
    usedWhen(test).ifPresent(this::addSubjects);
  }

  /** Whether the dimensions before a place leave no doubt about the test. */
  private static boolean isDecided(Test test, int place, Map<String, Integer> places) {
    Integer subject = places.get(test.parameter());
    return subject != null
        ? subject < place
        : usedWhen(test).map(its -> isDecided(its, place, places)).orElse(true);
  }

  /** A constant counts only where it is used, which another parameter's value may decide. */
  private static Optional<Test> usedWhen(Test test) {
    return Hyperparameter.named(test.parameter()).map(Hyperparameter::usedWhen);
  }

  /** How many combinations there are; {@link Long#MAX_VALUE} where it would be more than that. */
  @Override
  public long size() {
    return count(0, new LinkedHashMap<>());
  }

  @Override
  public Proposal propose(int trial, History history) {
    if (trial >= trials || trial >= size()) {
      return new Proposal.Exhausted();
    }
    long index = trial;
    Map<String, ParameterValue> values = new LinkedHashMap<>();
    for (int i = 0; i < axes.size(); i++) {
      Dimension dimension = space.dimensions().get(i);
      if (!space.applies(dimension, values)) {
        continue;
      }
      if (!branchesAt(i)) {
        long under = count(i + 1, values);
        values.put(dimension.name(), axes.get(i).get((int) (index / under)));
        index %= under;
        continue;
      }
      for (ParameterValue value : axes.get(i)) {
        values.put(dimension.name(), value);
        long under = count(i + 1, values);
        if (index < under) {
          break;
        }
        index -= under;
      }
    }
    return new Proposal.Sampled(new Point(Collections.unmodifiableMap(values)), null);
  }

  /** The number of combinations of the dimensions from {@code i} on, given those before. */
  private long count(int i, Map<String, ParameterValue> values) {
    if (i == axes.size()) {
      return 1;
    }
    State state = new State(i, ruledOut(i, values));
    Long known = counts.get(state);
    if (known != null) {
      return known;
    }
    Dimension dimension = space.dimensions().get(i);
    Map<String, ParameterValue> drawn = new HashMap<>(values);
    long count = 0;
    if (!space.applies(dimension, drawn)) {
      count = count(i + 1, drawn);
    } else if (branchesAt(i)) {
      for (ParameterValue value : axes.get(i)) {
        drawn.put(dimension.name(), value);
        count = saturated(count + count(i + 1, drawn));
      }
    } else {
      long under = count(i + 1, drawn);
      long here = axes.get(i).size();
      count = under > Long.MAX_VALUE / here ? Long.MAX_VALUE : under * here;
    }
    counts.put(state, count);
    return count;
  }

  private BitSet ruledOut(int i, Map<String, ParameterValue> values) {
    BitSet ruledOut = new BitSet();
    List<Dimension> conditions = decided.get(i);
    for (int c = 0; c < conditions.size(); c++) {
      ruledOut.set(c, !space.applies(conditions.get(c), values));
    }
    return ruledOut;
  }

  /** Whether how many combinations there are depends on which value the dimension has. */
  private boolean branchesAt(int i) {
    return tested.contains(space.dimensions().get(i).name());
  }

  private static long saturated(long sum) {
    return sum < 0 ? Long.MAX_VALUE : sum;
  }
}
