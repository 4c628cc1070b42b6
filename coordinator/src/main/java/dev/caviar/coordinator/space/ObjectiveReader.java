package dev.caviar.coordinator.space;

import dev.caviar.coordinator.space.SweepDefinition.Constraint;
import dev.caviar.coordinator.space.SweepDefinition.EarlyStopping;
import dev.caviar.coordinator.space.SweepDefinition.Metric;
import dev.caviar.coordinator.space.SweepDefinition.Objective;
import dev.caviar.coordinator.space.SweepDefinition.Of;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads what is better: the sections objective, objectives and constraints. */
final class ObjectiveReader {
  private static final String OBJECTIVE = "objective";
  private static final String OBJECTIVES = "objectives";
  private static final String CONSTRAINTS = "constraints";

  private static final List<String> METRICS =
      Arrays.stream(Metric.values()).map(Metric::key).toList();
  private static final List<String> OFS = Arrays.stream(Of.values()).map(Of::key).toList();

  private static final int STANDARD_OVER = 5;
  private static final int MOST_OVER = 1_000_000;

  /** Samplers that know of more than one objective, or need to know of none. */
  private static final List<String> FRONT_SAMPLERS =
      List.of("random", "grid", "sobol", "halton", "tpe");

  private final Problems problems;
  private final Scalars scalars;

  ObjectiveReader(Problems problems) {
    this.problems = problems;
    this.scalars = new Scalars(problems);
  }

  /**
   * Null only if something is reported.
   *
   * @param epochs of a whole trial; null where that is wrong itself
   */
  @Nullable List<Objective> objectives(Mapping file, @Nullable Integer epochs) {
    Node one = file.value(OBJECTIVE);
    Node several = file.value(OBJECTIVES);
    if (one != null && several != null) {
      problems.add(file.at(OBJECTIVES), "objectives: there is an objective already; keep one");
      return null;
    }
    if (several == null) {
      Objective objective =
          one == null
              ? new Objective(Metric.DEV_ERROR, true)
              : objective(one, "objective: ", epochs);
      return objective == null ? null : List.of(objective);
    }
    List<Node> nodes = list(several, OBJECTIVES, "{metric: dev_error}, {metric: training_time}");
    if (nodes == null) {
      return null;
    }
    List<Objective> objectives = new ArrayList<>();
    Set<Metric> metrics = new HashSet<>();
    for (Node node : nodes) {
      Objective objective = objective(node, "objectives: ", epochs);
      if (objective != null) {
        objectives.add(objective);
        if (!metrics.add(objective.metric())) {
          problems.add(
              node, "objectives: %s is there twice; keep one".formatted(objective.metric().key()));
        }
      }
    }
    return objectives.size() == nodes.size() ? objectives : null;
  }

  private @Nullable List<Node> list(Node node, String key, String example) {
    if (node instanceof SequenceNode sequence && !sequence.getValue().isEmpty()) {
      return sequence.getValue();
    }
    problems.add(
        node,
        "%s must be a list such as [%s], %s"
            .formatted(key, example, node instanceof SequenceNode ? "is empty" : Scalars.is(node)));
    return null;
  }

  private @Nullable Objective objective(Node node, String prefix, @Nullable Integer epochs) {
    Mapping objective =
        Mapping.read(node, prefix, List.of("metric", "goal", "of", "over"), problems);
    if (objective == null) {
      return null;
    }
    Metric metric = metric(objective, prefix, Metric.DEV_ERROR);
    Boolean minimize = minimize(objective, prefix);
    Node ofNode = objective.value("of");
    String ofKey = ofNode == null ? Of.LAST.key() : scalars.oneOf(ofNode, prefix + "of", OFS);
    Node overNode = objective.value("over");
    int standard = epochs == null ? STANDARD_OVER : Math.min(STANDARD_OVER, epochs);
    Long over =
        overNode == null
            ? (Long) (long) standard
            : scalars.whole(overNode, prefix + "over", 1, MOST_OVER);
    if (metric == null || minimize == null || ofKey == null || over == null) {
      return null;
    }
    Of of = Of.valueOf(ofKey.toUpperCase(Locale.ROOT));
    int before = problems.count();
    if (of != Of.LAST && !metric.isOfLearning()) {
      problems.add(
          objective.at("of"),
          "%s%s is known at the end only, so it has no %s of its epochs; drop of"
              .formatted(prefix, metric.key(), of.key()));
    }
    if (overNode != null && of != Of.MEAN) {
      problems.add(
          objective.at("over"),
          "%sover is for the mean of the last epochs; add of: mean, or drop this"
              .formatted(prefix));
    } else if (overNode != null && epochs != null && over > epochs) {
      problems.add(
          objective.at("over"),
          "%sover must be at most the %d epochs of a whole trial, is %d"
              .formatted(prefix, epochs, over));
    }
    return problems.count() > before
        ? null
        : new Objective(metric, minimize, of, of == Of.MEAN ? over.intValue() : 1);
  }

  private @Nullable Metric metric(Mapping mapping, String prefix, @Nullable Metric standard) {
    Node node = mapping.value("metric");
    if (node == null) {
      if (standard == null) {
        problems.add(
            mapping.node(), prefix + "metric is missing; say one of " + String.join(", ", METRICS));
      }
      return standard;
    }
    String metric = scalars.oneOf(node, prefix + "metric", METRICS);
    return metric == null ? null : Metric.named(metric);
  }

  /**
   * One metric of what was learned after the last epoch, which is what there is to compare the
   * epochs of one model by. Null only if something is reported.
   */
  @Nullable Objective ofLastEpoch(Mapping file) {
    Node node = file.value(OBJECTIVE);
    if (node == null) {
      return new Objective(Metric.DEV_ERROR, true);
    }
    String prefix = "objective: ";
    Mapping objective = Mapping.read(node, prefix, List.of("metric", "goal"), problems);
    if (objective == null) {
      return null;
    }
    Node metricNode = objective.value("metric");
    String metric =
        metricNode == null
            ? Metric.DEV_ERROR.key()
            : scalars.oneOf(
                metricNode,
                prefix + "metric",
                Arrays.stream(Metric.values())
                    .filter(Metric::isOfLearning)
                    .map(Metric::key)
                    .toList());
    Boolean minimize = minimize(objective, prefix);
    return metric == null || minimize == null
        ? null
        : new Objective(Metric.named(metric), minimize);
  }

  private @Nullable Boolean minimize(Mapping objective, String prefix) {
    Node node = objective.value("goal");
    if (node == null) {
      return true;
    }
    String goal = scalars.oneOf(node, prefix + "goal", List.of("minimize", "maximize"));
    return goal == null ? null : (Boolean) goal.equals("minimize");
  }

  /** Null only if something is reported. */
  @Nullable List<Constraint> constraints(Mapping file) {
    Node node = file.value(CONSTRAINTS);
    if (node == null) {
      return List.of();
    }
    List<Node> nodes = list(node, CONSTRAINTS, "{metric: parameters, max: 200000}");
    if (nodes == null) {
      return null;
    }
    List<Constraint> constraints = new ArrayList<>();
    Set<Metric> metrics = new HashSet<>();
    for (Node each : nodes) {
      Constraint constraint = constraint(each);
      if (constraint != null) {
        constraints.add(constraint);
        if (!metrics.add(constraint.metric())) {
          problems.add(
              each,
              "constraints: %s is there twice; keep one, with min and max"
                  .formatted(constraint.metric().key()));
        }
      }
    }
    return constraints.size() == nodes.size() ? constraints : null;
  }

  private @Nullable Constraint constraint(Node node) {
    String prefix = "constraints: ";
    Mapping constraint = Mapping.read(node, prefix, List.of("metric", "min", "max"), problems);
    if (constraint == null) {
      return null;
    }
    Metric metric = metric(constraint, prefix, null);
    if (!constraint.has("min") && !constraint.has("max")) {
      problems.add(constraint.node(), "constraints: min or max is missing; add one, or both");
      return null;
    }
    Double min = limit(constraint, "min");
    Double max = limit(constraint, "max");
    if (metric == null
        || (constraint.has("min") && min == null)
        || (constraint.has("max") && max == null)) {
      return null;
    }
    if (min != null && max != null && min > max) {
      problems.add(
          constraint.at("min"),
          "constraints: min must be at most max, is %s, and max is %s".formatted(min, max));
      return null;
    }
    return new Constraint(metric, min, max);
  }

  private @Nullable Double limit(Mapping constraint, String key) {
    Node node = constraint.value(key);
    return node == null ? null : scalars.number(node, "constraints: " + key);
  }

  /** Reports what does not go together with what else the file says. */
  void check(Mapping file, List<Objective> objectives, Search search, EarlyStopping earlyStopping) {
    Node at = file.at(objectives.size() > 1 ? OBJECTIVES : OBJECTIVE);
    if (objectives.size() > 1 && !knowsFronts(search)) {
      problems.add(
          at,
          "objectives: the sampler %s looks for the best by one objective; with several take %s"
              .formatted(SearchReader.name(search), Scalars.either(FRONT_SAMPLERS)));
    }
    if (earlyStopping instanceof EarlyStopping.None) {
      return;
    }
    if (objectives.size() > 1) {
      problems.add(
          at,
          "objectives: early stopping compares trials by one objective; with several take"
              + " early_stopping: none, or keep one objective");
      return;
    }
    Objective objective = objectives.getFirst();
    if (!objective.metric().isOfLearning()) {
      problems.add(
          at,
          "objective: %s says nothing at a rung of what a trial will come to; take early_stopping:"
                  .formatted(objective.metric().key())
              + " none, or another metric");
    } else if (earlyStopping instanceof EarlyStopping.PopulationBased
        && objective.of() != Of.LAST) {
      problems.add(
          at,
          "objective: in a population a trial's earlier epochs may be another network's; with"
              + " population_based take of: last");
    }
  }

  private static boolean knowsFronts(Search search) {
    return switch (search) {
      case Search.Random s -> true;
      case Search.Grid s -> true;
      case Search.Sobol s -> true;
      case Search.Halton s -> true;
      case Search.Tpe s -> true;
      case Search.Reproducible s -> knowsFronts(s.adaptive());
      case Search.CoarseToFine s -> false;
      case Search.CmaEs s -> false;
      case Search.GaussianProcess s -> false;
    };
  }
}
