package dev.caviar.coordinator.sweep;

import dev.caviar.coordinator.search.History;
import dev.caviar.coordinator.search.RepeatedPoint;
import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.SweepDefinition.Constraint;
import dev.caviar.coordinator.space.SweepDefinition.Objective;
import dev.caviar.coordinator.space.SweepDefinition.Of;
import dev.caviar.proto.v1.ConstraintStatus;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.ObjectiveStatus;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.SweepStatus;
import dev.caviar.proto.v1.SweepSummary;
import dev.caviar.proto.v1.TrialAttempt;
import dev.caviar.proto.v1.TrialRung;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.TrialStatus;
import dev.caviar.proto.v1.TrialStretch;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A sweep in the words of sweep.proto. */
final class SweepMessages {
  private SweepMessages() {}

  static SweepStatus status(Sweep sweep) {
    Objective objective = sweep.definition().objective();
    SweepStatus.Builder status =
        SweepStatus.newBuilder()
            .setSweepId(sweep.id())
            .setName(sweep.definition().name())
            .setState(sweep.state())
            .setTrials(sweep.planned())
            .setEpochs(sweep.definition().epochs())
            .setMetric(objective.metric().key())
            .setMinimize(objective.minimize())
            .setRepeats(sweep.repeats())
            .addAllObjectives(
                sweep.definition().objectives().stream().map(SweepMessages::message).toList())
            .addAllFront(sweep.front())
            .addAllConstraints(
                sweep.definition().constraints().stream().map(SweepMessages::message).toList())
            .addAllSampledParameters(
                sweep.definition().space().dimensions().stream()
                    .map(Dimension::parameter)
                    .distinct()
                    .toList());
    Trial best = sweep.best();
    if (best != null) {
      status.setBestTrial(best.number());
      List<Double> means = ofPoint(sweep, best, RepeatedPoint::mean);
      if (!means.isEmpty()) {
        status
            .setBestMean(means.getFirst())
            .setBestStandardError(ofPoint(sweep, best, RepeatedPoint::standardError).getFirst());
      }
      SweepEvent.ModelStored model = sweep.model();
      if (model != null && model.trial() == best.number() && model.test() != null) {
        status.setBestTest(model.test());
      }
    }
    return status.build();
  }

  private static ObjectiveStatus message(Objective objective) {
    return ObjectiveStatus.newBuilder()
        .setMetric(objective.metric().key())
        .setMinimize(objective.minimize())
        .setOf(objective.of().key())
        .setOver(objective.of() == Of.MEAN ? objective.over() : 0)
        .build();
  }

  private static ConstraintStatus message(Constraint constraint) {
    ConstraintStatus.Builder message =
        ConstraintStatus.newBuilder().setMetric(constraint.metric().key());
    if (constraint.min() != null) {
      message.setMin(constraint.min());
    }
    if (constraint.max() != null) {
      message.setMax(constraint.max());
    }
    return message.build();
  }

  /**
   * @param last the newest point of its curve, null if there is none
   * @param scores its objectives so far; empty before its first point
   */
  static TrialStatus status(
      Sweep sweep, Trial trial, @Nullable CurvePoint last, List<Double> scores) {
    TrialStatus.Builder status =
        TrialStatus.newBuilder()
            .setTrial(trial.number())
            .setState(trial.state())
            .setAttempt(trial.attempt())
            .setWorkerId(trial.workerId())
            .addAllParameters(sweep.definition().space().parameters(trial.point()))
            .setReason(trial.reason())
            .setSeed(trial.seed())
            .setSteps(trial.steps())
            .setEpochs(trial.epochs())
            .setElapsedMicros(trial.elapsedMicros())
            .setStage(trial.stage())
            .setPoint(sweep.pointOf(trial))
            .setRepeat(trial.number() % sweep.repeats())
            .setEnqueued(sweep.enqueuedTrials().contains(sweep.pointOf(trial) * sweep.repeats()))
            .setViolation(trial.violation())
            .setNetworkParameters(last == null ? 0 : last.getNetworkParameters());
    if (!trial.isOver() && last != null) {
      status
          .setSteps(last.getStep())
          .setEpochs(last.getEpoch())
          .setElapsedMicros(last.getElapsedMicros());
    }
    List<Double> objectives = trial.isOver() ? trial.objectives() : scores;
    if (!objectives.isEmpty()) {
      status
          .setObjective(objectives.getFirst())
          .addAllOtherObjectives(objectives.subList(1, objectives.size()));
    }
    return status.build();
  }

  /** Of each objective over a completed point's trials; empty where there are no repeats. */
  static List<Double> ofPoint(Sweep sweep, Trial trial, Function<List<Double>, Double> statistic) {
    if (sweep.repeats() == 1 || sweep.pointRecord(trial).status() != History.Status.COMPLETED) {
      return List.of();
    }
    List<List<Double>> all =
        sweep.ofPoint(sweep.pointOf(trial)).stream().map(Trial::objectives).toList();
    return IntStream.range(0, all.getFirst().size())
        .mapToObj(i -> statistic.apply(all.stream().map(objectives -> objectives.get(i)).toList()))
        .toList();
  }

  /** The rungs that a trial reached, in the order of their epochs. */
  static List<TrialRung> rungs(Trial trial) {
    List<TrialRung> rungs = new ArrayList<>();
    trial
        .rungs()
        .forEach(
            (epoch, value) ->
                rungs.add(
                    TrialRung.newBuilder()
                        .setEpoch(epoch)
                        .setObjective(value)
                        .setWentOn(epoch <= trial.promoted())
                        .build()));
    return rungs;
  }

  /** How the network of a trial was trained that became a copy of another; else empty. */
  static List<TrialStretch> lineage(Sweep sweep, Trial trial) {
    return trial.lineage().stream()
        .map(
            stretch ->
                TrialStretch.newBuilder()
                    .setTrial(stretch.trial())
                    .setFromEpoch(stretch.fromEpoch())
                    .setFromStep(stretch.fromStep())
                    .addAllParameters(sweep.definition().space().parameters(stretch.point()))
                    .build())
        .toList();
  }

  static TrialAttempt message(Attempt attempt) {
    return TrialAttempt.newBuilder()
        .setTrial(attempt.trial())
        .setAttempt(attempt.attempt())
        .setWorkerId(attempt.workerId())
        .setBeganAtMillis(attempt.beganAtMillis())
        .setEndedAtMillis(attempt.endedAtMillis())
        .setOutcome(attempt.outcome())
        .setReason(attempt.reason())
        .setLost(attempt.lost())
        .build();
  }

  /** What the list of sweeps says of one. */
  static SweepSummary summary(Sweep sweep, SweepActor.Setup setup) {
    SweepSummary.Builder summary =
        SweepSummary.newBuilder()
            .setStatus(status(sweep))
            .setSubmittedAtMillis(setup.submittedAtMillis())
            .setRetestOf(setup.retestOf());
    for (TrialState state : TrialState.values()) {
      if (sweep.count(state) > 0) {
        summary.putTrialsByState(state.name().toLowerCase(Locale.ROOT), sweep.count(state));
      }
    }
    Trial best = sweep.best();
    if (best != null) {
      Double objective = sweep.pointRecord(best).objective();
      if (objective != null) {
        summary.setBestObjective(objective);
      }
      SweepEvent.ModelStored model = sweep.model();
      if (model != null && model.trial() == best.number()) {
        summary.setBestCaviarVersion(model.caviarVersion()).setBestDataSha256(model.dataSha256());
      }
    }
    return summary.build();
  }

  /** A state for people: paused. */
  static String word(SweepState state) {
    return state.name().toLowerCase(Locale.ROOT).replace("sweep_", "");
  }

  /** What was sampled, in one line: learning_rate=0.0123 optimizer=adam. */
  static String readable(Trial trial) {
    return trial.point().values().entrySet().stream()
        .map(entry -> entry.getKey() + "=" + readable(entry.getValue()))
        .collect(Collectors.joining(" "));
  }

  static String readableObjective(Sweep sweep, Trial trial) {
    return sweep.definition().objective().metric().key()
        + String.format(Locale.ROOT, " %.5g", trial.objective());
  }

  static String readable(ParameterValue value) {
    return switch (value) {
      case ParameterValue.Real(double real) -> String.format(Locale.ROOT, "%.4g", real);
      case ParameterValue.Whole(long whole) -> Long.toString(whole);
      case ParameterValue.Text(String text) -> text;
      case ParameterValue.Flag(boolean flag) -> Boolean.toString(flag);
    };
  }
}
