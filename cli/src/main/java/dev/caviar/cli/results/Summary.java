package dev.caviar.cli.results;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caviar.cli.view.SweepProgress;
import dev.caviar.cli.view.TrialProgress;
import dev.caviar.cli.view.TrialStates;
import dev.caviar.proto.CaviarVersion;
import dev.caviar.proto.EndStates;
import dev.caviar.proto.v1.ConstraintStatus;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.Evaluation;
import dev.caviar.proto.v1.Model;
import dev.caviar.proto.v1.ObjectiveStatus;
import dev.caviar.proto.v1.SearchStage;
import dev.caviar.proto.v1.SpaceChange;
import dev.caviar.proto.v1.StageRange;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.SweepStatus;
import dev.caviar.proto.v1.TrialState;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** What came of a sweep, as one JSON document: summary.json, and {@code --output json}. */
public final class Summary {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private Summary() {}

  /**
   * How a sweep was run.
   *
   * @param seed of the sweep; null if it is not known
   * @param slots trials trained at once
   * @param results where the other files are
   */
  public record Circumstances(
      @Nullable Long seed,
      Instant ended,
      int slots,
      String backend,
      String arithmetic,
      Path results) {}

  /** The document. */
  public static ObjectNode of(SweepProgress progress, Circumstances how) {
    SweepStatus status = progress.status();
    ObjectNode summary = JSON.objectNode();
    summary.put("sweep", status.getSweepId());
    summary.put("name", status.getName());
    summary.put("state", key(status.getState()));
    if (how.seed() != null) {
      summary.put("seed", how.seed());
    }
    summary.set("objective", objective(status));
    summary.set("objectives", objectives(status));
    summary.set("constraints", constraints(status));
    summary.put("repeats", Math.max(1, status.getRepeats()));
    summary.set("trials", counts(progress));
    ArrayNode front = summary.putArray("front");
    status.getFrontList().forEach(front::add);
    TrialProgress best = progress.best();
    summary.set("best", best == null ? JSON.nullNode() : best(best, status));
    ArrayNode stages = summary.putArray("stages");
    progress.stages().forEach(stage -> stages.add(stage(stage)));
    summary.set("timing", timing(progress, how));
    summary.set("environment", environment(how));
    summary.put("results", how.results().toAbsolutePath().normalize().toString());
    return summary;
  }

  /** What is better: the first objective. */
  public static ObjectNode objective(SweepStatus status) {
    return status.getObjectivesCount() > 0
        ? objective(status.getObjectives(0))
        : JSON.objectNode()
            .put("metric", status.getMetric())
            .put("goal", goal(status.getMinimize()));
  }

  private static ObjectNode objective(ObjectiveStatus objective) {
    ObjectNode node =
        JSON.objectNode()
            .put("metric", objective.getMetric())
            .put("goal", goal(objective.getMinimize()))
            .put("of", objective.getOf());
    if (objective.getOver() > 0) {
      node.put("over", objective.getOver());
    }
    return node;
  }

  private static String goal(boolean minimize) {
    return minimize ? "minimize" : "maximize";
  }

  /** All of what is better, the first objective first. */
  public static ArrayNode objectives(SweepStatus status) {
    ArrayNode objectives = JSON.arrayNode();
    status.getObjectivesList().forEach(objective -> objectives.add(objective(objective)));
    return objectives;
  }

  /** What trials have to keep to. */
  public static ArrayNode constraints(SweepStatus status) {
    ArrayNode constraints = JSON.arrayNode();
    for (ConstraintStatus constraint : status.getConstraintsList()) {
      ObjectNode node = constraints.addObject().put("metric", constraint.getMetric());
      if (constraint.hasMin()) {
        node.put("min", constraint.getMin());
      }
      if (constraint.hasMax()) {
        node.put("max", constraint.getMax());
      }
    }
    return constraints;
  }

  /** A sweep's state in files and JSON: lower case. */
  public static String key(SweepState state) {
    return switch (state) {
      case SWEEP_RUNNING -> "running";
      case SWEEP_PAUSED -> "paused";
      case SWEEP_STOPPING -> "stopping";
      case SWEEP_COMPLETED -> "completed";
      case SWEEP_STOPPED -> "stopped";
      case SWEEP_STATE_UNSPECIFIED, UNRECOGNIZED -> "unknown";
    };
  }

  private static ObjectNode counts(SweepProgress progress) {
    ObjectNode counts = JSON.objectNode();
    counts.put("planned", progress.plannedTrials());
    var known = progress.counts();
    for (TrialState state : TrialState.values()) {
      if (EndStates.contains(state) || known.containsKey(state)) {
        counts.put(TrialStates.key(state), known.getOrDefault(state, 0));
      }
    }
    counts.put("epochs", progress.epochsDone());
    return counts;
  }

  private static ObjectNode best(TrialProgress trial, SweepStatus sweep) {
    ObjectNode best = JSON.objectNode();
    best.put("trial", trial.number());
    best.set("objective", Values.number(trial.status().getObjective()));
    if (sweep.hasBestMean()) {
      best.set("mean", Values.number(sweep.getBestMean()));
      best.set("standard_error", Values.number(sweep.getBestStandardError()));
    }
    best.put("epochs", trial.epochs());
    best.put("seed", trial.status().getSeed());
    best.put("attempt", trial.status().getAttempt());
    best.put("seconds", trial.elapsedMicros() / 1e6);
    best.set("parameters", Values.json(trial.parameters()));
    if (!trial.points().isEmpty()) {
      CurvePoint last = trial.points().getLast();
      ObjectNode metrics = best.putObject("metrics");
      metrics.set("train_loss", Values.number(last.getTrainLoss()));
      metrics.set("dev_loss", Values.number(last.getDevLoss()));
      metrics.set("dev_error", Values.number(last.getDevError()));
    }
    if (sweep.hasBestTest()) {
      best.set("test", evaluation(sweep.getBestTest()));
    }
    return best;
  }

  /** A loss and an error over some examples. */
  public static ObjectNode evaluation(Evaluation evaluation) {
    ObjectNode node = JSON.objectNode();
    node.set("loss", Values.number(evaluation.getLoss()));
    node.set("error", Values.number(evaluation.getError()));
    return node.put("examples", evaluation.getExamples());
  }

  /** A stage with its box. */
  public static ObjectNode stage(SearchStage stage) {
    ObjectNode node = JSON.objectNode();
    node.put("number", stage.getNumber());
    node.put("first_trial", stage.getFirstTrial());
    node.put("trials", stage.getTrials());
    ArrayNode from = node.putArray("drawn_from");
    stage.getDrawnFromList().forEach(from::add);
    ObjectNode ranges = node.putObject("ranges");
    for (StageRange range : stage.getRangesList()) {
      ranges.set(range.getParameter(), range(range));
    }
    return node;
  }

  /** A change of the search space. */
  public static ObjectNode spaceChange(SpaceChange change) {
    ObjectNode node = JSON.objectNode();
    node.put("first_trial", change.getFirstTrial()).put("reason", change.getReason());
    ObjectNode ranges = node.putObject("ranges");
    for (StageRange range : change.getRangesList()) {
      ranges.set(range.getParameter(), range(range));
    }
    return node;
  }

  private static ObjectNode range(StageRange range) {
    ObjectNode node = JSON.objectNode();
    if (range.getChoicesCount() > 0) {
      ArrayNode choices = node.putArray("choices");
      range.getChoicesList().forEach(choices::add);
    } else {
      node.set("min", Values.number(range.getMin()));
      node.set("max", Values.number(range.getMax()));
    }
    return node.put("hit_lower_edge", range.getHitLowerEdge())
        .put("hit_upper_edge", range.getHitUpperEdge())
        .put("widened", range.getWidened());
  }

  private static ObjectNode timing(SweepProgress progress, Circumstances how) {
    double seconds = Duration.between(progress.begun(), how.ended()).toMillis() / 1e3;
    long training = progress.trials().stream().mapToLong(TrialProgress::elapsedMicros).sum();
    return JSON.objectNode()
        .put("begun", progress.begun().truncatedTo(ChronoUnit.MILLIS).toString())
        .put("ended", how.ended().truncatedTo(ChronoUnit.MILLIS).toString())
        .put("seconds", seconds)
        .put("training_seconds", training / 1e6);
  }

  private static ObjectNode environment(Circumstances how) {
    return JSON.objectNode()
        .put("caviar", CaviarVersion.get())
        .put("java", Runtime.version().toString())
        .put("jvm", System.getProperty("java.vm.name") + ", " + System.getProperty("java.vendor"))
        .put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"))
        .put("cpu", Processor.name())
        .put("cores", Runtime.getRuntime().availableProcessors())
        .put("slots", how.slots())
        .put("backend", how.backend())
        .put("arithmetic", how.arithmetic());
  }

  static ObjectNode normalization(Model model) {
    ObjectNode node = JSON.objectNode();
    ArrayNode features = node.putArray("features");
    model.getFeatureNamesList().forEach(features::add);
    ArrayNode mean = node.putArray("mean");
    model.getNormalization().getMeanList().forEach(mean::add);
    ArrayNode deviation = node.putArray("deviation");
    model.getNormalization().getDeviationList().forEach(deviation::add);
    return node;
  }
}
