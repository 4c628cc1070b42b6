package dev.caviar.coordinator.search;

import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.Hyperparameter;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

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

  /** For each dimension, the parameters that its condition or a later one's looks at. */
  private final List<Set<String>> looksAt;

  private final Map<State, Long> counts = new HashMap<>();

  /** All that the number of combinations from a dimension on depends on. */
  private record State(int dimension, Map<String, ParameterValue> subjects) {}

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
    List<Set<String>> subjects = new ArrayList<>();
    Set<String> since = Set.of();
    for (Dimension dimension : dimensions.reversed()) {
      Set<String> all = new TreeSet<>(since);
      Dimension.Condition condition = dimension.condition();
      if (condition != null) {
        condition.tests().forEach(test -> addSubjects(test, all));
      }
      since = all;
      subjects.add(all);
    }
    this.looksAt = List.copyOf(subjects.reversed());
  }

  private static void addSubjects(Dimension.Test test, Set<String> subjects) {
    subjects.add(test.parameter());
    // A constant counts only where it is used, which another parameter's value may decide.
    Hyperparameter.named(test.parameter())
        .map(Hyperparameter::usedWhen)
        .ifPresent(usedWhen -> addSubjects(usedWhen, subjects));
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
    Map<String, ParameterValue> subjects =
        looksAt.get(i).stream()
            .filter(values::containsKey)
            .collect(
                Collectors.toMap(name -> name, name -> Objects.requireNonNull(values.get(name))));
    State state = new State(i, subjects);
    Long known = counts.get(state);
    if (known != null) {
      return known;
    }
    Dimension dimension = space.dimensions().get(i);
    Map<String, ParameterValue> drawn = new LinkedHashMap<>(subjects);
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

  /** Whether how many combinations there are depends on which value the dimension has. */
  private boolean branchesAt(int i) {
    return i + 1 < axes.size() && looksAt.get(i + 1).contains(space.dimensions().get(i).name());
  }

  private static long saturated(long sum) {
    return sum < 0 ? Long.MAX_VALUE : sum;
  }
}
