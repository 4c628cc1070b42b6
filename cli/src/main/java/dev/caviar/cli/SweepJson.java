package dev.caviar.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caviar.cli.results.EarlierTrials;
import dev.caviar.cli.results.Lineages;
import dev.caviar.cli.results.Summary;
import dev.caviar.cli.results.Values;
import dev.caviar.cli.view.TrialStates;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.Lease;
import dev.caviar.proto.v1.Register;
import dev.caviar.proto.v1.SweepStatus;
import dev.caviar.proto.v1.SweepSummary;
import dev.caviar.proto.v1.TrialStatus;
import dev.caviar.proto.v1.WorkerStatus;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;

/** A coordinator's answers as {@code --output json} prints them; docs/cli.md names the keys. */
final class SweepJson {
  private SweepJson() {}

  /** As in {@code caviar list}. */
  static ObjectNode summary(SweepSummary sweep) {
    SweepStatus status = sweep.getStatus();
    ObjectNode node = Json.object();
    node.put("sweep", status.getSweepId());
    node.put("name", status.getName());
    node.put("state", Summary.key(status.getState()));
    node.set("objective", Summary.objective(status));
    node.set("objectives", Summary.objectives(status));
    node.set("constraints", Summary.constraints(status));
    node.put("repeats", Math.max(1, status.getRepeats()));
    ObjectNode trials = node.putObject("trials").put("planned", status.getTrials());
    // A map of a message has no order of its own.
    new TreeMap<>(sweep.getTrialsByStateMap())
        .forEach((state, count) -> trials.put(state.toLowerCase(Locale.ROOT), count));
    node.put("epochs", status.getEpochs());
    if (status.hasBestTrial()) {
      ObjectNode best = node.putObject("best").put("trial", status.getBestTrial());
      if (sweep.hasBestObjective()) {
        best.set("objective", Values.number(sweep.getBestObjective()));
      }
      if (status.hasBestStandardError()) {
        best.set("standard_error", Values.number(status.getBestStandardError()));
      }
    } else {
      node.putNull("best");
    }
    time(node, "submitted", sweep.getSubmittedAtMillis());
    time(node, "ended", sweep.getEndedAtMillis());
    ArrayNode stale = node.putArray("stale");
    sweep.getStaleList().forEach(stale::add);
    if (sweep.getRetestOf().isEmpty()) {
      node.putNull("retest_of");
    } else {
      node.put("retest_of", sweep.getRetestOf());
    }
    return node;
  }

  /** As in {@code caviar show}: all but the trials that are not the best. */
  static ObjectNode sweep(GetSweepResponse sweep) {
    ObjectNode node = summary(sweep.getSummary());
    SweepStatus status = sweep.getSummary().getStatus();
    best(sweep).ifPresent(trial -> node.set("best", best(status, trial)));
    node.set("front", front(sweep));
    ArrayNode sampled = node.putArray("sampled_parameters");
    status.getSampledParametersList().forEach(sampled::add);
    ArrayNode stages = node.putArray("stages");
    sweep.getStagesList().forEach(stage -> stages.add(Summary.stage(stage)));
    node.set("rungs", new Rungs(sweep).json());
    ArrayNode enqueued = node.putArray("enqueued_trials");
    sweep.getTrialsList().stream()
        .filter(TrialStatus::getEnqueued)
        .forEach(trial -> enqueued.add(trial.getTrial()));
    ArrayNode changes = node.putArray("space_changes");
    sweep.getSpaceChangesList().forEach(change -> changes.add(Summary.spaceChange(change)));
    node.set("warm_start", EarlierTrials.json(sweep.getEarlierList()));
    if (sweep.hasStart()) {
      node.putObject("start")
          .put("panda", sweep.getStart().getPandaId())
          .put("checkpoint", sweep.getStart().getCheckpoint());
    }
    node.set("lineages", Lineages.json(sweep.getTrialsList()));
    node.put("sweep_file", sweep.getSweepFile());
    return node;
  }

  /** The trials of the Pareto front; empty where there is one objective. */
  static ArrayNode front(GetSweepResponse sweep) {
    ArrayNode front = Json.object().putArray("front");
    FrontText.front(sweep).forEach(trial -> front.add(trial(trial)));
    return front;
  }

  /** A trial, and what the test examples say of it. */
  static ObjectNode best(SweepStatus status, TrialStatus trial) {
    ObjectNode node = trial(trial);
    if (status.hasBestTest()) {
      node.set("test", Summary.evaluation(status.getBestTest()));
    }
    return node;
  }

  /** As in {@code caviar trials}. */
  static ObjectNode trial(TrialStatus trial) {
    ObjectNode node = Json.object();
    node.put("trial", trial.getTrial());
    node.put("state", TrialStates.key(trial.getState()));
    if (trial.hasObjective()) {
      node.set("objective", Values.number(trial.getObjective()));
    } else {
      node.putNull("objective");
    }
    ArrayNode others = node.putArray("other_objectives");
    trial.getOtherObjectivesList().forEach(value -> others.add(Values.number(value)));
    node.put("point", trial.getPoint());
    node.put("repeat", trial.getRepeat());
    ArrayNode means = node.putArray("point_means");
    trial.getPointMeansList().forEach(mean -> means.add(Values.number(mean)));
    ArrayNode errors = node.putArray("point_standard_errors");
    trial.getPointStandardErrorsList().forEach(error -> errors.add(Values.number(error)));
    node.put("epochs", trial.getEpochs());
    node.put("steps", trial.getSteps());
    node.put("seconds", trial.getElapsedMicros() / 1e6);
    node.put("worker", trial.getWorkerId());
    node.put("attempt", trial.getAttempt());
    node.put("seed", trial.getSeed());
    node.put("stage", trial.getStage());
    node.put("enqueued", trial.getEnqueued());
    node.set("violation", Values.number(trial.getViolation()));
    if (trial.getNetworkParameters() > 0) {
      node.put("network_parameters", trial.getNetworkParameters());
    } else {
      node.putNull("network_parameters");
    }
    node.put("reason", trial.getReason());
    node.set("parameters", Values.json(trial.getParametersList()));
    return node;
  }

  /** As in {@code caviar workers}. */
  static ObjectNode worker(WorkerStatus worker) {
    Register registration = worker.getRegistration();
    ObjectNode node = Json.object();
    node.put("worker", registration.getWorkerId());
    node.put("slots", registration.getSlots());
    node.put("busy_slots", worker.getBusySlots());
    node.put("draining", worker.getDraining());
    node.put("cores", registration.getCores());
    node.put("gpu", registration.getGpu());
    node.put("backend", registration.getBackend());
    node.put("caviar", registration.getCaviarVersion());
    node.put("java", registration.getJavaVersion());
    time(node, "connected", worker.getConnectedAtMillis());
    time(node, "last_heard", worker.getLastHeardAtMillis());
    ArrayNode trials = node.putArray("trials");
    for (Lease lease : worker.getLeasesList()) {
      trials
          .addObject()
          .put("sweep", lease.getSweepId())
          .put("trial", lease.getTrial())
          .put("attempt", lease.getAttempt());
    }
    return node;
  }

  /** The best trial's status, if there is a best trial. */
  static Optional<TrialStatus> best(GetSweepResponse sweep) {
    SweepStatus status = sweep.getSummary().getStatus();
    return sweep.getTrialsList().stream()
        .filter(trial -> status.hasBestTrial() && trial.getTrial() == status.getBestTrial())
        .findFirst();
  }

  private static void time(ObjectNode node, String key, long millis) {
    if (millis == 0) {
      node.putNull(key);
    } else {
      node.put(key, Instant.ofEpochMilli(millis).toString());
    }
  }
}
