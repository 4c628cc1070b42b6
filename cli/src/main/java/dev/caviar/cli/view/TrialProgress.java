package dev.caviar.cli.view;

import dev.caviar.proto.EndStates;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.TrialPoints;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.TrialStatus;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;

/** One trial as far as it is known. Points may come before the first status. */
public final class TrialProgress {
  private final int number;
  private TrialStatus status;
  private final List<CurvePoint> points = new ArrayList<>();
  // The latest that points came from.
  private int attempt;

  TrialProgress(int number) {
    this.number = number;
    this.status = TrialStatus.newBuilder().setTrial(number).build();
  }

  void apply(TrialStatus update) {
    // Sent again from the start, an old status may come after a newer one.
    if (update.getAttempt() >= status.getAttempt()) {
      status = update;
    }
  }

  /**
   * Points by their epochs. They may come again, and after a later attempt's status: what an
   * earlier attempt measured stays good where the later one went on from its checkpoint.
   */
  void apply(TrialPoints update) {
    if (update.getAttempt() > attempt && update.getPointsCount() > 0) {
      // What a new attempt trains again replaces what was there.
      truncate(update.getPoints(0).getEpoch());
      attempt = update.getAttempt();
    }
    for (CurvePoint point : update.getPointsList()) {
      put(point, update.getAttempt() == attempt);
    }
  }

  private void truncate(int fromEpoch) {
    while (!points.isEmpty() && points.getLast().getEpoch() >= fromEpoch) {
      points.removeLast();
    }
  }

  private void put(CurvePoint point, boolean present) {
    int at = points.size();
    while (at > 0 && points.get(at - 1).getEpoch() > point.getEpoch()) {
      at--;
    }
    if (at > 0 && points.get(at - 1).getEpoch() == point.getEpoch()) {
      if (present) {
        points.set(at - 1, point);
      }
    } else if (present || at < points.size() || points.isEmpty()) {
      points.add(at, point);
    }
  }

  public int number() {
    return number;
  }

  /** The last status; all defaults but the number while there is none. */
  public TrialStatus status() {
    return status;
  }

  /** A trial with points runs, whether or not that was told. */
  public TrialState state() {
    return status.getState() == TrialState.TRIAL_STATE_UNSPECIFIED
        ? TrialState.RUNNING
        : status.getState();
  }

  /** Whether it will not go on. */
  public boolean isOver() {
    return EndStates.contains(state());
  }

  public List<Parameter> parameters() {
    return status.getParametersList();
  }

  /** The curve so far, one point for each epoch at most, in order. */
  public List<CurvePoint> points() {
    return Collections.unmodifiableList(points);
  }

  /** Epochs completed. */
  public int epochs() {
    int seen = points.isEmpty() ? 0 : points.getLast().getEpoch();
    return Math.max(seen, status.getEpochs());
  }

  /** Training time so far. */
  public long elapsedMicros() {
    long seen = points.isEmpty() ? 0 : points.getLast().getElapsedMicros();
    return Math.max(seen, status.getElapsedMicros());
  }

  /** The objective as told, or that of the last point where it is not told yet. */
  OptionalDouble objective(String metric) {
    if (status.hasObjective()) {
      return OptionalDouble.of(status.getObjective());
    }
    return points.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(value(points.getLast(), metric));
  }

  /** A metric of a point, by its name in sweep files. */
  public static double value(CurvePoint point, String metric) {
    return switch (metric) {
      case "train_loss" -> point.getTrainLoss();
      case "dev_loss" -> point.getDevLoss();
      case "training_time" -> point.getElapsedMicros() / 1e6;
      case "parameters" -> point.getNetworkParameters();
      default -> point.getDevError();
    };
  }
}
