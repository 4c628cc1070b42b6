package dev.caviar.coordinator.sweep;

import dev.caviar.coordinator.search.Stage;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.Evaluation;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.TrialState;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What happened in a sweep, as it is to be remembered. {@link Sweep} is what all events so far
 * amount to; whatever is not in an event is not known after a restart.
 */
public sealed interface SweepEvent {
  /**
   * What happened one after the other and was written together.
   *
   * @param events none of which is of this kind
   */
  record Several(List<SweepEvent> events) implements SweepEvent {
    public Several {
      events = List.copyOf(events);
    }
  }

  /** A coarse-to-fine stage began; its trials follow. */
  record StageBegan(Stage stage) implements SweepEvent {}

  /**
   * Trial {@code trial} got its parameters.
   *
   * @param stage the coarse-to-fine stage it belongs to, from 1; 0 with other samplers
   * @param enqueued whether it has the first of the enqueued points, which is enqueued no more
   */
  record TrialSampled(int trial, Point point, long seed, int stage, boolean enqueued)
      implements SweepEvent {
    /** At a point of the sampler's. */
    public TrialSampled(int trial, Point point, long seed, int stage) {
      this(trial, point, seed, stage, false);
    }
  }

  /**
   * A worker has the right to run it, and nobody else any more.
   *
   * @param atMillis since the epoch; 0: not known
   */
  record TrialLeased(int trial, int attempt, String workerId, long atMillis) implements SweepEvent {
    /** At a time that is not known. */
    public TrialLeased(int trial, int attempt, String workerId) {
      this(trial, attempt, workerId, 0);
    }
  }

  /**
   * The lease is void without a result; the trial will be leased again.
   *
   * @param lost whether it was running and its worker was lost, which may happen to a trial only so
   *     often; else it had not begun, or was handed back
   * @param atMillis since the epoch; 0: not known
   * @param fromStart whether its checkpoint is gone, so that it begins again
   */
  record TrialReturned(
      int trial, int attempt, String reason, boolean lost, long atMillis, boolean fromStart)
      implements SweepEvent {
    /** To go on from its checkpoint, if it has one. */
    public TrialReturned(int trial, int attempt, String reason, boolean lost, long atMillis) {
      this(trial, attempt, reason, lost, atMillis, false);
    }

    /** At a time that is not known. */
    public TrialReturned(int trial, int attempt, String reason, boolean lost) {
      this(trial, attempt, reason, lost, 0);
    }
  }

  /**
   * The trial is over.
   *
   * @param state COMPLETED, STOPPED_EARLY, DIVERGED, FAILED, CANCELLED or INFEASIBLE
   * @param objective the first one; null if it had none
   * @param otherObjectives those after the first, in their order; empty if it had none
   * @param violation by how much it breaks constraints, the sum of {@link
   *     SweepDefinition.Constraint#violation}; 0 unless it is INFEASIBLE
   * @param atMillis since the epoch; 0: not known
   */
  record TrialOver(
      int trial,
      int attempt,
      TrialState state,
      String reason,
      long steps,
      int epochs,
      long elapsedMicros,
      @Nullable Double objective,
      List<Double> otherObjectives,
      double violation,
      long atMillis)
      implements SweepEvent {
    public TrialOver {
      otherObjectives = List.copyOf(otherObjectives);
    }

    /** With one objective at the most, and no constraint broken. */
    public TrialOver(
        int trial,
        int attempt,
        TrialState state,
        String reason,
        long steps,
        int epochs,
        long elapsedMicros,
        @Nullable Double objective,
        long atMillis) {
      this(
          trial,
          attempt,
          state,
          reason,
          steps,
          epochs,
          elapsedMicros,
          objective,
          List.of(),
          0,
          atMillis);
    }

    /** The same, at a time that is not known. */
    public TrialOver(
        int trial,
        int attempt,
        TrialState state,
        String reason,
        long steps,
        int epochs,
        long elapsedMicros,
        @Nullable Double objective) {
      this(trial, attempt, state, reason, steps, epochs, elapsedMicros, objective, 0);
    }
  }

  /**
   * Its training can go on from here elsewhere. The blob of the one before is not needed any more.
   *
   * @param epoch whole epochs trained; the points of all of them are in the curve store
   */
  record TrialCheckpointed(int trial, int attempt, BlobRef checkpoint, long step, int epoch)
      implements SweepEvent {}

  /**
   * It trained so far that it is judged.
   *
   * @param value its objective there
   */
  record RungReached(int trial, int epoch, double value) implements SweepEvent {}

  /** It may train on after a rung: it is told so, or waits for a worker if it was held. */
  record TrialPromoted(int trial, int epoch, String reason) implements SweepEvent {}

  /**
   * It waits at a rung for others; its lease is void and its worker free.
   *
   * @param atMillis since the epoch; 0: not known
   */
  record TrialHeld(int trial, int epoch, String reason, long atMillis) implements SweepEvent {
    /** At a time that is not known. */
    public TrialHeld(int trial, int epoch, String reason) {
      this(trial, epoch, reason, 0);
    }
  }

  /**
   * It was stopped early, and its user wants it to go on from its checkpoint to its last epoch. A
   * sweep that was completed runs again for it.
   */
  record TrialRevived(int trial, String reason) implements SweepEvent {}

  /**
   * At a rung it became a copy of another trial, as that was at the same rung, and is to train on
   * at another point. Its own training until then led nowhere.
   *
   * @param donor the other trial, whose checkpoint after the rung is now its own too
   * @param atMillis since the epoch; 0: not known
   */
  record TrialExploited(int trial, int epoch, int donor, Point point, String reason, long atMillis)
      implements SweepEvent {
    /** At a time that is not known. */
    public TrialExploited(int trial, int epoch, int donor, Point point, String reason) {
      this(trial, epoch, donor, point, reason, 0);
    }
  }

  /** Its user wants it to hold still, in its slot. */
  record TrialPaused(int trial) implements SweepEvent {}

  /** It trains again. */
  record TrialResumed(int trial) implements SweepEvent {}

  /**
   * A best trial's model is stored.
   *
   * @param test on the test examples, null if the data has none
   * @param caviarVersion by which it was trained; empty: not known
   * @param dataSha256 of the data as loaded, in hexadecimal; empty: not known
   * @param report what it does on its development examples, a stored ModelReport; null if there is
   *     none
   */
  record ModelStored(
      int trial,
      BlobRef model,
      @Nullable Evaluation test,
      String caviarVersion,
      String dataSha256,
      @Nullable BlobRef report)
      implements SweepEvent {
    /** Of which no more is known. */
    public ModelStored(int trial, BlobRef model, @Nullable Evaluation test) {
      this(trial, model, test, "", "", null);
    }
  }

  /** It is to have so many trials more. If it was completed it runs again. */
  record TrialsAdded(int trials) implements SweepEvent {}

  /**
   * The next trials are to have these points.
   *
   * @param requestId the client's name for its request; the same one does not come twice
   * @param points without the dimensions that are to be drawn
   */
  record PointsEnqueued(String requestId, List<Point> points) implements SweepEvent {
    public PointsEnqueued {
      points = List.copyOf(points);
    }
  }

  /**
   * Trials are drawn from other ranges.
   *
   * @param firstTrial from which on they are
   * @param domains by dimension; the other dimensions stay as they were
   */
  record SpaceChanged(int firstTrial, Map<String, Domain> domains, String reason)
      implements SweepEvent {
    public SpaceChanged {
      domains = Collections.unmodifiableMap(new LinkedHashMap<>(domains));
    }
  }

  /** No new trials until resumed. */
  record SweepPaused(String reason) implements SweepEvent {}

  /** New trials again. */
  record SweepResumed() implements SweepEvent {}

  /** No new trials from here on. */
  record EndRequested(boolean cancelRunning, String reason) implements SweepEvent {}

  /**
   * The sweep is over.
   *
   * @param state SWEEP_COMPLETED or SWEEP_STOPPED
   */
  record SweepOver(SweepState state) implements SweepEvent {}
}
