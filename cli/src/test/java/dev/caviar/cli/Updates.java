package dev.caviar.cli;

import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterValue;
import dev.caviar.proto.v1.ParameterValues;
import dev.caviar.proto.v1.SearchStage;
import dev.caviar.proto.v1.StageRange;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.SweepStatus;
import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.proto.v1.TrialPoints;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.TrialStatus;
import java.util.List;

/** Updates as a coordinator would send them. */
public final class Updates {
  private Updates() {}

  public static SweepStatus.Builder sweep(SweepState state, int trials, int epochs) {
    return SweepStatus.newBuilder()
        .setSweepId("digits-1")
        .setName("digits")
        .setState(state)
        .setTrials(trials)
        .setEpochs(epochs)
        .setMetric("dev_error")
        .setMinimize(true);
  }

  public static TrialStatus.Builder trial(int trial, TrialState state) {
    return TrialStatus.newBuilder()
        .setTrial(trial)
        .setState(state)
        .setAttempt(1)
        .setWorkerId("local")
        .setSeed(1000 + trial)
        .addParameters(real("learning_rate", Math.pow(10, -1 - trial % 4) * (1 + trial)))
        .addParameters(text("optimizer", trial % 2 == 0 ? "adam" : "momentum"))
        .addParameters(units(50 + trial, 60 + trial))
        .addParameters(whole("batch_size", 32L << trial % 3))
        .addParameters(text("activation", "relu"));
  }

  public static Parameter real(String name, double value) {
    return parameter(name, ParameterValue.newBuilder().setReal(value));
  }

  public static Parameter whole(String name, long value) {
    return parameter(name, ParameterValue.newBuilder().setInteger(value));
  }

  public static Parameter text(String name, String value) {
    return parameter(name, ParameterValue.newBuilder().setText(value));
  }

  public static Parameter units(long... units) {
    var values = ParameterValues.newBuilder();
    for (long value : units) {
      values.addValues(ParameterValue.newBuilder().setInteger(value));
    }
    return parameter("hidden_units", ParameterValue.newBuilder().setPerLayer(values));
  }

  private static Parameter parameter(String name, ParameterValue.Builder value) {
    return Parameter.newBuilder().setName(name).setValue(value).build();
  }

  /** A falling curve; the higher the trial's number, the higher it ends. */
  public static CurvePoint point(int trial, int epoch) {
    double error = 0.02 + 0.01 * trial + 0.6 * Math.exp(-0.4 * epoch);
    return CurvePoint.newBuilder()
        .setEpoch(epoch)
        .setStep(23L * epoch)
        .setTrainLoss(2 * error)
        .setDevLoss(2.2 * error)
        .setDevError(error)
        .setLearningRate(0.01)
        .setElapsedMicros(120_000L * epoch)
        .build();
  }

  public static TrialPoints points(int trial, int attempt, int from, int to) {
    var points = TrialPoints.newBuilder().setTrial(trial).setAttempt(attempt);
    for (int epoch = from; epoch <= to; epoch++) {
      points.addPoints(point(trial, epoch));
    }
    return points.build();
  }

  public static TrialStatus.Builder completed(int trial, int epochs) {
    return trial(trial, TrialState.COMPLETED)
        .setObjective(point(trial, epochs).getDevError())
        .setEpochs(epochs)
        .setSteps(23L * epochs)
        .setElapsedMicros(120_000L * epochs);
  }

  public static SearchStage stage(int number, int firstTrial, int trials, List<Integer> from) {
    return SearchStage.newBuilder()
        .setNumber(number)
        .setFirstTrial(firstTrial)
        .setTrials(trials)
        .addAllDrawnFrom(from)
        .addRanges(
            StageRange.newBuilder()
                .setParameter("learning_rate")
                .setMin(0.0003)
                .setMax(0.03)
                .setHitLowerEdge(number > 1))
        .addRanges(
            StageRange.newBuilder().setParameter("optimizer").addChoices("adam").addChoices("sgd"))
        .build();
  }

  public static SweepUpdate update(SweepStatus.Builder status) {
    return SweepUpdate.newBuilder().setStatus(status).build();
  }

  public static SweepUpdate update(TrialStatus.Builder trial) {
    return SweepUpdate.newBuilder().setTrial(trial).build();
  }

  public static SweepUpdate update(TrialPoints points) {
    return SweepUpdate.newBuilder().setPoints(points).build();
  }

  public static SweepUpdate update(SearchStage stage) {
    return SweepUpdate.newBuilder().setStage(stage).build();
  }
}
