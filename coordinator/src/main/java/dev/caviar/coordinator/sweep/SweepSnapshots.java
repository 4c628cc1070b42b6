package dev.caviar.coordinator.sweep;

import dev.caviar.coordinator.search.Stage;
import dev.caviar.coordinator.store.JournalMessages;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.StoredAttempt;
import dev.caviar.proto.v1.StoredCount;
import dev.caviar.proto.v1.StoredPage;
import dev.caviar.proto.v1.StoredStretch;
import dev.caviar.proto.v1.StoredTrial;
import dev.caviar.proto.v1.SweepSnapshot;
import dev.caviar.proto.v1.TrialState;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** A sweep's state as it is stored, so that recovery need not go through all its events. */
final class SweepSnapshots {
  private SweepSnapshots() {}

  static SweepSnapshot of(Sweep sweep) {
    SweepSnapshot.Builder snapshot = SweepSnapshot.newBuilder().setState(sweep.state());
    addTrials(sweep, snapshot);
    sweep.stages().forEach(stage -> snapshot.addStages(JournalMessages.message(stage)));
    SweepEvent.ModelStored model = sweep.model();
    if (model != null) {
      snapshot.setBestModel(JournalMessages.modelStored(model));
    }
    snapshot
        .setAddedTrials(sweep.added())
        .addAllEnqueuedPoints(sweep.enqueued().stream().map(JournalMessages::message).toList())
        .addAllEnqueueRequests(sweep.enqueueRequests())
        .addAllEnqueuedTrials(sweep.enqueuedTrials())
        .addAllSpaceChanges(
            sweep.spaceChanges().stream().map(JournalMessages::spaceChanged).toList());
    if (sweep.cancelling()) {
      snapshot.setEndRequested(JournalMessages.endRequested(new SweepEvent.EndRequested(true, "")));
    }
    return snapshot.build();
  }

  /** With those pages that are stored by name, and everything else whole. */
  private static void addTrials(Sweep sweep, SweepSnapshot.Builder snapshot) {
    for (int number = 0; number < sweep.size(); ) {
      TrialPage page = sweep.page(number);
      BlobRef blob = page == null ? null : page.blob();
      if (page != null && blob != null) {
        snapshot.addPages(stored(page, blob));
        number = page.end();
      } else {
        int end = page == null ? number + 1 : page.end();
        sweep.attempts(number, end).forEach(attempt -> snapshot.addAttempts(stored(attempt)));
        for (; number < end; number++) {
          snapshot.addTrials(stored(sweep.trial(number)));
        }
      }
    }
    Trial best = sweep.best();
    if (best != null) {
      snapshot.setBestTrial(best.number());
    }
    snapshot.addAllFrontPoints(sweep.frontPoints());
  }

  private static StoredPage stored(TrialPage page, BlobRef blob) {
    StoredPage.Builder stored = StoredPage.newBuilder().setFirstTrial(page.first()).setBlob(blob);
    page.counts()
        .forEach(
            (state, trials) ->
                stored.addCounts(StoredCount.newBuilder().setState(state).setTrials(trials)));
    return stored.build();
  }

  private static TrialPage page(StoredPage stored) {
    Map<TrialState, Integer> counts = new EnumMap<>(TrialState.class);
    for (StoredCount count : stored.getCountsList()) {
      counts.put(JournalMessages.known(count.getState()), count.getTrials());
    }
    return TrialPage.stored(stored.getFirstTrial(), counts, stored.getBlob());
  }

  /** Into a sweep to which nothing has happened yet. */
  static void restore(SweepSnapshot snapshot, Sweep into) {
    List<Trial> trials = snapshot.getTrialsList().stream().map(SweepSnapshots::trial).toList();
    List<Stage> stages = snapshot.getStagesList().stream().map(JournalMessages::stage).toList();
    into.restoreAdded(
        snapshot.getAddedTrials(),
        snapshot.getEnqueuedPointsList().stream().map(JournalMessages::point).toList(),
        snapshot.getEnqueueRequestsList(),
        snapshot.getEnqueuedTrialsList(),
        snapshot.getSpaceChangesList().stream().map(JournalMessages::spaceChanged).toList());
    into.restore(
        JournalMessages.known(snapshot.getState()),
        trials,
        snapshot.getPagesList().stream().map(SweepSnapshots::page).toList(),
        stages,
        snapshot.hasBestModel() ? JournalMessages.modelStored(snapshot.getBestModel()) : null,
        snapshot.hasEndRequested() && snapshot.getEndRequested().getCancelRunning());
    if (snapshot.getPagesCount() == 0) {
      into.restoreLeaders();
    } else {
      into.restoreLeaders(
          snapshot.hasBestTrial() ? snapshot.getBestTrial() : null, snapshot.getFrontPointsList());
    }
    snapshot.getAttemptsList().forEach(stored -> into.attempts().add(attempt(stored)));
  }

  static StoredAttempt stored(Attempt attempt) {
    return StoredAttempt.newBuilder()
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

  static Attempt attempt(StoredAttempt stored) {
    return new Attempt(
        stored.getTrial(),
        stored.getAttempt(),
        stored.getWorkerId(),
        stored.getBeganAtMillis(),
        stored.getEndedAtMillis(),
        JournalMessages.known(stored.getOutcome()),
        stored.getReason(),
        stored.getLost());
  }

  static StoredTrial stored(Trial trial) {
    StoredTrial.Builder stored =
        StoredTrial.newBuilder()
            .setNumber(trial.number())
            .setPoint(JournalMessages.message(trial.point()))
            .setSeed(trial.seed())
            .setStage(trial.stage())
            .setState(trial.state())
            .setAttempt(trial.attempt())
            .setLosses(trial.losses())
            .setWorkerId(trial.workerId())
            .setReason(trial.reason())
            .setSteps(trial.steps())
            .setEpochs(trial.epochs())
            .setElapsedMicros(trial.elapsedMicros())
            .addAllOtherObjectives(trial.otherObjectives())
            .setViolation(trial.violation());
    if (trial.objective() != null) {
      stored.setObjective(trial.objective());
    }
    SweepEvent.TrialCheckpointed checkpoint = trial.checkpoint();
    if (checkpoint != null) {
      stored
          .setCheckpoint(checkpoint.checkpoint())
          .setCheckpointStep(checkpoint.step())
          .setCheckpointEpoch(checkpoint.epoch());
    }
    trial
        .rungs()
        .forEach(
            (epoch, value) ->
                stored.addRungs(
                    JournalMessages.rungReached(
                        new SweepEvent.RungReached(trial.number(), epoch, value))));
    stored.setPromotedEpoch(trial.promoted()).setHeld(trial.held());
    for (Trial.Stretch stretch : trial.lineage()) {
      stored.addLineage(
          StoredStretch.newBuilder()
              .setTrial(stretch.trial())
              .setFromEpoch(stretch.fromEpoch())
              .setFromStep(stretch.fromStep())
              .setPoint(JournalMessages.message(stretch.point())));
    }
    return stored.build();
  }

  static Trial trial(StoredTrial stored) {
    return new Trial(
        stored.getNumber(),
        JournalMessages.point(stored.getPoint()),
        stored.getSeed(),
        stored.getStage(),
        JournalMessages.known(stored.getState()),
        stored.getAttempt(),
        stored.getLosses(),
        stored.getWorkerId(),
        stored.getReason(),
        stored.getSteps(),
        stored.getEpochs(),
        stored.getElapsedMicros(),
        stored.hasObjective() ? stored.getObjective() : null,
        stored.getOtherObjectivesList(),
        stored.getViolation(),
        stored.hasCheckpoint()
            ? new SweepEvent.TrialCheckpointed(
                stored.getNumber(),
                stored.getAttempt(),
                stored.getCheckpoint(),
                stored.getCheckpointStep(),
                stored.getCheckpointEpoch())
            : null,
        rungs(stored),
        stored.getPromotedEpoch(),
        stored.getHeld(),
        stored.getLineageList().stream()
            .map(
                stretch ->
                    new Trial.Stretch(
                        stretch.getTrial(),
                        stretch.getFromEpoch(),
                        stretch.getFromStep(),
                        JournalMessages.point(stretch.getPoint())))
            .toList());
  }

  private static SortedMap<Integer, Double> rungs(StoredTrial stored) {
    SortedMap<Integer, Double> rungs = new TreeMap<>();
    stored.getRungsList().forEach(rung -> rungs.put(rung.getEpoch(), rung.getValue()));
    return Collections.unmodifiableSortedMap(rungs);
  }
}
