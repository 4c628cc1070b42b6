package dev.caviar.coordinator.sweep;

import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.SweepDefinition.Objective;
import dev.caviar.proto.v1.CurvePoint;
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
import java.util.stream.Collectors;
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
            .addAllSampledParameters(
                sweep.definition().space().dimensions().stream()
                    .map(Dimension::parameter)
                    .distinct()
                    .toList());
    Trial best = sweep.best();
    if (best != null) {
      status.setBestTrial(best.number());
      SweepEvent.ModelStored model = sweep.model();
      if (model != null && model.trial() == best.number() && model.test() != null) {
        status.setBestTest(model.test());
      }
    }
    return status.build();
  }

  /**
   * @param last the newest point of its curve, null if there is none
   */
  static TrialStatus status(Sweep sweep, Trial trial, @Nullable CurvePoint last) {
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
            .setEnqueued(sweep.enqueuedTrials().contains(trial.number()));
    if (trial.isOver()) {
      if (trial.objective() != null) {
        status.setObjective(trial.objective());
      }
    } else if (last != null) {
      status
          .setSteps(last.getStep())
          .setEpochs(last.getEpoch())
          .setElapsedMicros(last.getElapsedMicros())
          .setObjective(sweep.definition().objective().value(last));
    }
    return status.build();
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
            .setSubmittedAtMillis(setup.submittedAtMillis());
    for (TrialState state : TrialState.values()) {
      if (sweep.count(state) > 0) {
        summary.putTrialsByState(state.name().toLowerCase(Locale.ROOT), sweep.count(state));
      }
    }
    Trial best = sweep.best();
    if (best != null && best.objective() != null) {
      summary.setBestObjective(best.objective());
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
