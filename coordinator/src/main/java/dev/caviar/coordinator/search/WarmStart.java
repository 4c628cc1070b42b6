package dev.caviar.coordinator.search;

import dev.caviar.coordinator.search.History.Status;
import dev.caviar.coordinator.search.History.TrialRecord;
import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.Hyperparameter;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import dev.caviar.proto.v1.EarlierTrial;
import dev.caviar.proto.v1.Parameter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Lets another sampler begin with the results of earlier sweeps, which it sees as if they were its
 * own first trials. Poloczek et al., "Warm starting Bayesian optimization", 2016, say when that
 * helps: where the sweeps are alike.
 */
public final class WarmStart implements Sampler {
  /** More would make every question slow. */
  public static final int MOST_EARLIER = 10_000;

  private final Sampler sampler;
  private final List<TrialRecord> earlier;

  private WarmStart(Sampler sampler, List<TrialRecord> earlier) {
    this.sampler = sampler;
    this.earlier = earlier;
  }

  /**
   * The sampler that a sweep asks for, with what it knows of earlier trials.
   *
   * @throws IllegalArgumentException if the sampler does not learn in this way, if there are too
   *     many, or if one does not fit the sweep
   */
  public static Sampler of(SweepDefinition sweep, List<EarlierTrial> earlier) {
    if (earlier.isEmpty()) {
      return Sampler.of(sweep);
    }
    if (!learns(sweep.search())) {
      throw new IllegalArgumentException(
          "only the samplers tpe and gaussian_process learn from earlier sweeps");
    }
    if (sweep.hasFront()) {
      throw new IllegalArgumentException(
          "of earlier trials one objective is known, and this sweep has several");
    }
    if (earlier.size() > MOST_EARLIER) {
      throw new IllegalArgumentException(
          "a sweep begins with at most %d earlier trials, these are %d"
              .formatted(MOST_EARLIER, earlier.size()));
    }
    List<TrialRecord> records = new ArrayList<>();
    for (EarlierTrial trial : earlier) {
      String why = whyNot(sweep.space(), trial.getParametersList());
      if (why != null) {
        throw new IllegalArgumentException(
            "trial %d of %s does not fit this sweep: it %s"
                .formatted(trial.getTrial(), trial.getSweepId(), why));
      }
      records.add(
          new TrialRecord(
              records.size(),
              sweep.space().point(trial.getParametersList()),
              Status.COMPLETED,
              trial.getObjective()));
    }
    return new WarmStart(Sampler.of(sweep.plus(records.size())), List.copyOf(records));
  }

  /** Whether a sampler is made better by the results of points that are not its own. */
  public static boolean learns(Search search) {
    return switch (search) {
      case Search.Tpe s -> true;
      case Search.GaussianProcess s -> true;
      case Search.Reproducible s -> learns(s.adaptive());
      default -> false;
    };
  }

  /**
   * Why a trial with these parameters is none of a sweep's with this space, in words that go on
   * after "it"; null if it might be one. It may have had another number of epochs.
   */
  public static @Nullable String whyNot(SearchSpace space, List<Parameter> parameters) {
    Point point = space.point(parameters);
    for (Dimension dimension : space.dimensions()) {
      if (!space.applies(dimension, point.values())) {
        continue;
      }
      ParameterValue value = point.values().get(dimension.name());
      if (value == null) {
        return "has no " + dimension.name();
      }
      if (!dimension.domain().contains(value)) {
        return "has a %s outside of this sweep's".formatted(dimension.name());
      }
    }
    Map<String, Parameter> given = new HashMap<>();
    parameters.forEach(parameter -> given.put(parameter.getName(), parameter));
    for (Parameter own : space.parameters(point)) {
      String name = own.getName();
      boolean sampled = space.dimensions().stream().anyMatch(d -> d.parameter().equals(name));
      if (!sampled
          && !name.equals(Hyperparameter.EPOCHS.key())
          && !own.equals(given.getOrDefault(name, own))) {
        return "has another %s, which is not sampled here".formatted(name);
      }
    }
    return null;
  }

  @Override
  public Proposal propose(int trial, History history) {
    List<TrialRecord> all = new ArrayList<>(earlier.size() + history.trials().size());
    all.addAll(earlier);
    for (TrialRecord own : history.trials()) {
      all.add(own.numbered(earlier.size() + own.trial()));
    }
    return sampler.propose(earlier.size() + trial, new History(all, history.minimize()));
  }

  @Override
  public int independentOfResults() {
    return Math.max(0, sampler.independentOfResults() - earlier.size());
  }

  @Override
  public boolean dependsOnOrderOfResults() {
    return sampler.dependsOnOrderOfResults();
  }

  @Override
  public long size() {
    return sampler.size();
  }
}
