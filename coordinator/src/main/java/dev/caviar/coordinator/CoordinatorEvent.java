package dev.caviar.coordinator;

import dev.caviar.proto.v1.CoordinatorJournalEvent;
import dev.caviar.proto.v1.EarlierTrial;
import dev.caviar.proto.v1.EnqueuedPoint;
import dev.caviar.proto.v1.StoredStart;
import dev.caviar.proto.v1.SweepSummary;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a coordinator remembers beside each sweep's own events: which sweeps and pandas there are.
 */
public sealed interface CoordinatorEvent {
  /**
   * A sweep was taken; its id has been or will be answered.
   *
   * @param sweepFile as submitted; it is parsed again after a restart
   * @param baseDirectory what relative paths in it start from
   * @param earlier trials of other sweeps, whose results its sampler knows
   * @param points that its first trials are to have
   * @param retestOf the sweep whose best it tests again; empty: none
   * @param owner who submitted it; empty: not known
   * @param start what its trials begin with; null: with new weights
   */
  record SweepSubmitted(
      String sweepId,
      String sweepFile,
      String baseDirectory,
      long submittedAtMillis,
      List<EarlierTrial> earlier,
      List<EnqueuedPoint> points,
      String retestOf,
      String owner,
      @Nullable StoredStart start)
      implements CoordinatorEvent {
    public SweepSubmitted {
      earlier = List.copyOf(earlier);
      points = List.copyOf(points);
    }

    /** Of trials with new weights. */
    public SweepSubmitted(
        String sweepId,
        String sweepFile,
        String baseDirectory,
        long submittedAtMillis,
        List<EarlierTrial> earlier,
        String owner) {
      this(
          sweepId,
          sweepFile,
          baseDirectory,
          submittedAtMillis,
          earlier,
          List.of(),
          "",
          owner,
          null);
    }
  }

  /** A sweep is over; its actor need not be started with the coordinator any more. */
  record SweepEnded(String sweepId, SweepSummary summary) implements CoordinatorEvent {}

  /** A sweep that was over goes on: a trial was revived, or it got more. */
  record SweepReopened(String sweepId) implements CoordinatorEvent {}

  /**
   * A panda was begun; its id has been or will be answered.
   *
   * @param begun as it is stored; its file is parsed again after a restart
   */
  record PandaStarted(CoordinatorJournalEvent.PandaStarted begun) implements CoordinatorEvent {}

  /**
   * A panda goes on with a sweep's trial.
   *
   * @param begun as it is stored, with all that is needed of the sweep
   */
  record PandaAdopted(CoordinatorJournalEvent.PandaAdopted begun) implements CoordinatorEvent {}
}
