package dev.caviar.coordinator.panda;

import dev.caviar.coordinator.space.Hyperparameter;
import dev.caviar.coordinator.space.PandaDefinition;
import dev.caviar.coordinator.space.TunedParameters;
import dev.caviar.proto.v1.Intervention;
import dev.caviar.proto.v1.InterventionKind;
import dev.caviar.proto.v1.PandaBranch;
import dev.caviar.proto.v1.PandaCheckpoint;
import dev.caviar.proto.v1.PandaJournalEvent;
import dev.caviar.proto.v1.PandaJournalEvent.PandaAsked;
import dev.caviar.proto.v1.PandaJournalEvent.PandaCheckpointed;
import dev.caviar.proto.v1.PandaJournalEvent.PandaLeaseEnded;
import dev.caviar.proto.v1.PandaJournalEvent.PandaTuned;
import dev.caviar.proto.v1.PandaPhase;
import dev.caviar.proto.v1.PandaSnapshot;
import dev.caviar.proto.v1.PandaSnapshot.StoredLease;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterChange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A panda's state: what its events so far amount to, and nothing that is not in them. Belongs to
 * one actor.
 *
 * <p>Its training is a tree. A branch is trained from its beginning, and each but the first began
 * where another was left: after so many mini-batches, with the changes made until then. So all of a
 * branch's training is its lineage: the changes on the way, each after so many mini-batches, from
 * the first parameters and the seed on.
 */
public final class Panda {
  /** A branch whose worker was lost this often, without getting any further, is given up. */
  static final int MAX_LOSSES = 5;

  private final String id;
  private final PandaDefinition definition;
  private final long startedAtMillis;

  private PandaPhase phase = PandaPhase.PANDA_WAITING;
  private String reason = "";
  private final List<PandaBranch> branches = new ArrayList<>();
  private final NavigableMap<Integer, PandaCheckpoint> checkpoints = new TreeMap<>();
  private int lastCheckpoint;
  // Entry n stands at n − 1.
  private final List<Intervention> ledger = new ArrayList<>();
  private final Map<String, Long> requests = new HashMap<>();
  // The last one of each branch that had one.
  private final Map<Integer, StoredLease> leases = new TreeMap<>();
  private int losses;
  private List<Parameter> parameters;

  /**
   * As it begins.
   *
   * @param who began it, for the ledger
   */
  Panda(String id, PandaDefinition definition, long startedAtMillis, String who, String why) {
    this.id = id;
    this.definition = definition;
    this.startedAtMillis = startedAtMillis;
    PandaBranch.Builder first = PandaBranch.newBuilder().setBeganAtMillis(startedAtMillis);
    if (definition.checkpoint() != null && definition.origin() != null) {
      long step = definition.origin().getStep();
      int epoch = definition.origin().getEpoch();
      first.setFromStep(step).setFromEpoch(epoch).setStep(step).setEpoch(epoch);
      lastCheckpoint = 1;
      checkpoints.put(
          1,
          PandaCheckpoint.newBuilder()
              .setNumber(1)
              .setStep(step)
              .setEpoch(epoch)
              .setTakenAtMillis(startedAtMillis)
              .setBlob(definition.checkpoint())
              .build());
    }
    branches.add(first.build());
    ledger.add(
        Intervention.newBuilder()
            .setNumber(1)
            .setKind(InterventionKind.INTERVENTION_START)
            .setAtMillis(startedAtMillis)
            .setWho(who)
            .setWhy(why)
            .setStep(first.getStep())
            .setEpoch(first.getEpoch())
            .build());
    parameters = parametersAt(lineage(0));
  }

  Panda apply(PandaJournalEvent event) {
    switch (event.getEventCase()) {
      case LEASED -> {
        leases.put(
            event.getLeased().getBranch(),
            StoredLease.newBuilder()
                .setBranch(event.getLeased().getBranch())
                .setAttempt(event.getLeased().getAttempt())
                .setWorkerId(event.getLeased().getWorkerId())
                .build());
        become(PandaPhase.PANDA_TRAINING, "");
      }
      case LEASE_ENDED -> leaseEnded(event.getLeaseEnded());
      case ASKED -> asked(event.getAsked());
      case TUNED -> tuned(event.getTuned());
      case CHECKPOINTED -> checkpointed(event.getCheckpointed());
      case CHECKPOINT_NAMED ->
          checkpoints.computeIfPresent(
              event.getCheckpointNamed().getNumber(),
              (number, checkpoint) ->
                  checkpoint.toBuilder().setName(event.getCheckpointNamed().getName()).build());
      case CHECKPOINTS_DROPPED ->
          event.getCheckpointsDropped().getNumbersList().forEach(checkpoints::remove);
      case EFFECT_SEEN -> {
        int at = Math.toIntExact(event.getEffectSeen().getEntry()) - 1;
        ledger.set(
            at,
            ledger.get(at).toBuilder()
                .setPointAfter(event.getEffectSeen().getPointAfter())
                .build());
      }
      case EVENT_NOT_SET ->
          throw new IllegalStateException("an event that this version does not know");
    }
    return this;
  }

  private void become(PandaPhase next, String why) {
    phase = next;
    reason = why;
  }

  private void leaseEnded(PandaLeaseEnded ended) {
    int number = ended.getBranch();
    StoredLease lease = leases.get(number);
    if (lease != null) {
      leases.put(number, lease.toBuilder().setEnded(true).build());
    }
    if (ended.hasStep()) {
      reached(number, ended.getStep(), ended.getEpoch());
      placeWaiting(number, ended.getStep(), ended.getEpoch());
    }
    if (number != branch()) {
      // Until then its worker may have made it.
      refusePending(number);
    }
    if (number != branch() || phase != PandaPhase.PANDA_TRAINING) {
      return;
    }
    switch (ended.getState()) {
      case DIVERGED -> become(PandaPhase.PANDA_DIVERGED, ended.getReason());
      case RETRYING -> {
        losses += ended.getLost() ? 1 : 0;
        if (losses >= MAX_LOSSES) {
          become(
              PandaPhase.PANDA_FAILED,
              "its worker was lost %d times without its getting any further; the last time %s"
                  .formatted(losses, ended.getReason()));
        } else {
          become(PandaPhase.PANDA_WAITING, ended.getReason());
        }
      }
      default -> become(PandaPhase.PANDA_FAILED, ended.getReason());
    }
  }

  /** A pause counts from where its worker has stopped. */
  private void placeWaiting(int branch, long step, int epoch) {
    for (int i = 0; i < ledger.size(); i++) {
      Intervention entry = ledger.get(i);
      boolean stops =
          entry.getKind() == InterventionKind.INTERVENTION_PAUSE
              || entry.getKind() == InterventionKind.INTERVENTION_END;
      if (stops && entry.getBranch() == branch && !entry.hasStep()) {
        ledger.set(i, entry.toBuilder().setStep(step).setEpoch(epoch).build());
      }
    }
  }

  private void asked(PandaAsked asked) {
    Intervention entry = asked.getEntry();
    ledger.add(entry);
    if (!asked.getRequestId().isEmpty()) {
      requests.put(asked.getRequestId(), entry.getNumber());
    }
    switch (entry.getKind()) {
      case INTERVENTION_PAUSE -> become(PandaPhase.PANDA_PAUSED, entry.getWhy());
      case INTERVENTION_END -> become(PandaPhase.PANDA_ENDED, entry.getWhy());
      case INTERVENTION_RESUME -> {
        losses = 0;
        become(PandaPhase.PANDA_WAITING, "");
      }
      case INTERVENTION_ROLLBACK -> {
        if (!isLeased(branch())) {
          refusePending(branch());
        }
        branches.add(asked.getBranch());
        losses = 0;
        parameters = parametersAt(lineage(branch()));
        become(PandaPhase.PANDA_WAITING, "");
      }
      default -> {}
    }
  }

  private void refusePending(int branch) {
    for (Intervention pending : pending(branch)) {
      ledger.set(
          Math.toIntExact(pending.getNumber()) - 1,
          pending.toBuilder().setRefused("it was rolled back before this counted").build());
    }
  }

  private void tuned(PandaTuned tuned) {
    int at = Math.toIntExact(tuned.getEntry()) - 1;
    Intervention.Builder entry = ledger.get(at).toBuilder();
    if (tuned.getRefused().isEmpty()) {
      entry
          .setStep(tuned.getStep())
          .setEpoch(tuned.getEpoch())
          .clearBefore()
          .addAllBefore(tuned.getBeforeList());
      if (tuned.hasPointBefore()) {
        entry.setPointBefore(tuned.getPointBefore());
      }
    } else {
      entry.setRefused(tuned.getRefused());
    }
    ledger.set(at, entry.build());
    if (entry.getBranch() == branch()) {
      parameters = parametersAt(lineage(branch()));
    }
  }

  private void checkpointed(PandaCheckpointed taken) {
    PandaCheckpoint checkpoint = taken.getCheckpoint();
    lastCheckpoint = Math.max(lastCheckpoint, checkpoint.getNumber());
    checkpoints.put(checkpoint.getNumber(), checkpoint);
    if (checkpoint.getStep() > branches.get(checkpoint.getBranch()).getStep()) {
      losses = 0;
    }
    reached(checkpoint.getBranch(), checkpoint.getStep(), checkpoint.getEpoch());
    if (taken.hasBranchBest()) {
      branches.set(
          checkpoint.getBranch(),
          branches.get(checkpoint.getBranch()).toBuilder()
              .setBest(taken.getBranchBest())
              .setBestStep(taken.getBranchBestStep())
              .build());
    }
  }

  private void reached(int number, long step, int epoch) {
    PandaBranch branch = branches.get(number);
    if (step > branch.getStep()) {
      branches.set(number, branch.toBuilder().setStep(step).setEpoch(epoch).build());
    }
  }

  PandaSnapshot snapshot() {
    return PandaSnapshot.newBuilder()
        .setPhase(phase)
        .setReason(reason)
        .addAllBranches(branches)
        .addAllCheckpoints(checkpoints.values())
        .addAllLedger(ledger)
        .putAllRequests(requests)
        .setLastCheckpoint(lastCheckpoint)
        .addAllLeases(leases.values())
        .setLosses(losses)
        .addAllParameters(parameters)
        .build();
  }

  /** What a snapshot says, to a panda without events. */
  Panda restore(PandaSnapshot snapshot) {
    become(snapshot.getPhase(), snapshot.getReason());
    branches.clear();
    branches.addAll(snapshot.getBranchesList());
    checkpoints.clear();
    snapshot.getCheckpointsList().forEach(each -> checkpoints.put(each.getNumber(), each));
    ledger.clear();
    ledger.addAll(snapshot.getLedgerList());
    requests.putAll(snapshot.getRequestsMap());
    lastCheckpoint = snapshot.getLastCheckpoint();
    snapshot.getLeasesList().forEach(lease -> leases.put(lease.getBranch(), lease));
    losses = snapshot.getLosses();
    parameters = snapshot.getParametersList();
    return this;
  }

  // ---- Lineages

  /**
   * The entries of the ledger that changed the training on the way to a branch's end, in the order
   * of their steps.
   */
  List<Intervention> lineage(int number) {
    PandaBranch branch = branches.get(number);
    List<Intervention> entries = new ArrayList<>();
    if (number > 0) {
      lineage(branch.getParent()).stream()
          .filter(
              entry ->
                  isBefore(
                      entry.getStep(),
                      entry.getNumber(),
                      branch.getFromStep(),
                      branch.getFromEntry()))
          .forEach(entries::add);
    }
    ledger.stream()
        .filter(entry -> entry.getBranch() == number && changesTraining(entry))
        .filter(entry -> entry.hasStep() && entry.getRefused().isEmpty())
        .forEach(entries::add);
    entries.sort(Comparator.comparingLong(Intervention::getStep));
    return entries;
  }

  private static boolean changesTraining(Intervention entry) {
    return entry.getKind() == InterventionKind.INTERVENTION_TUNE
        || entry.getKind() == InterventionKind.INTERVENTION_RECALIBRATE;
  }

  /** Whether something lies in what a branch has of its parent. */
  private static boolean isBefore(long step, long entry, long fromStep, long fromEntry) {
    return step < fromStep || (step == fromStep && entry <= fromEntry);
  }

  /** All that changes on the way to a branch's end, as its worker is told. */
  List<ParameterChange> changes(int number) {
    Stream<ParameterChange> earlier =
        definition.origin() == null ? Stream.of() : definition.origin().getChangesList().stream();
    return Stream.concat(earlier, lineage(number).stream().map(Panda::change)).toList();
  }

  private static ParameterChange change(Intervention entry) {
    return ParameterChange.newBuilder()
        .setAfterStep(entry.getStep())
        .addAllParameters(entry.getAfterList())
        .setRestartDecay(restartsDecay(entry))
        .setRecalibrate(recalibrates(entry))
        .setChangeId(entry.getNumber())
        .build();
  }

  /**
   * A learning rate that its user names is the one from there on, however many epochs there were.
   */
  static boolean restartsDecay(Intervention entry) {
    return entry.getAfterList().stream()
        .map(Parameter::getName)
        .anyMatch(
            name ->
                name.equals(Hyperparameter.LEARNING_RATE.key())
                    || name.equals(Hyperparameter.LEARNING_RATE_DECAY.key()));
  }

  static boolean recalibrates(Intervention entry) {
    return entry.getKind() == InterventionKind.INTERVENTION_RECALIBRATE;
  }

  private List<Parameter> parametersAt(List<Intervention> lineage) {
    List<Parameter> present = definition.parameters();
    if (definition.origin() != null) {
      for (ParameterChange change : definition.origin().getChangesList()) {
        present = TunedParameters.with(present, change.getParametersList());
      }
    }
    for (Intervention entry : lineage) {
      present = TunedParameters.with(present, entry.getAfterList());
    }
    return present;
  }

  /** What it was trained with when a checkpoint was taken. */
  List<Parameter> parametersAt(PandaCheckpoint checkpoint) {
    return parametersAt(
        lineage(checkpoint.getBranch()).stream()
            .filter(
                entry ->
                    isBefore(
                        entry.getStep(),
                        entry.getNumber(),
                        checkpoint.getStep(),
                        checkpoint.getLastEntry()))
            .toList());
  }

  /** The branches on the way to one, the first one first, it itself last. */
  List<PandaBranch> way(int number) {
    List<PandaBranch> way = new ArrayList<>();
    for (int each = number; each > 0; each = branches.get(each).getParent()) {
      way.addFirst(branches.get(each));
    }
    way.addFirst(branches.getFirst());
    return way;
  }

  /** Kept checkpoints on the way to a branch's end, in the order of their steps. */
  List<PandaCheckpoint> checkpointsOnTheWay(int number) {
    List<PandaBranch> way = way(number);
    return checkpoints.values().stream()
        .filter(checkpoint -> isOnTheWay(checkpoint, way))
        .sorted(
            Comparator.comparingLong(PandaCheckpoint::getStep)
                .thenComparingLong(PandaCheckpoint::getLastEntry))
        .toList();
  }

  private static boolean isOnTheWay(PandaCheckpoint checkpoint, List<PandaBranch> way) {
    for (int i = 0; i < way.size(); i++) {
      if (way.get(i).getBranch() == checkpoint.getBranch()) {
        return i == way.size() - 1
            || isBefore(
                checkpoint.getStep(),
                checkpoint.getLastEntry(),
                way.get(i + 1).getFromStep(),
                way.get(i + 1).getFromEntry());
      }
    }
    return false;
  }

  /** What a branch goes on from: null from the start. */
  @Nullable PandaCheckpoint goesOnFrom(int number) {
    List<PandaCheckpoint> onTheWay = checkpointsOnTheWay(number);
    return onTheWay.isEmpty() ? null : onTheWay.getLast();
  }

  // ---- What it is

  String id() {
    return id;
  }

  PandaDefinition definition() {
    return definition;
  }

  long startedAtMillis() {
    return startedAtMillis;
  }

  PandaPhase phase() {
    return phase;
  }

  String reason() {
    return reason;
  }

  /** The one that trains, or would. */
  int branch() {
    return branches.size() - 1;
  }

  PandaBranch branch(int number) {
    return branches.get(number);
  }

  List<PandaBranch> branches() {
    return Collections.unmodifiableList(branches);
  }

  /** Those that are kept, in the order of their numbers. */
  Collection<PandaCheckpoint> checkpoints() {
    return Collections.unmodifiableCollection(checkpoints.values());
  }

  @Nullable PandaCheckpoint checkpoint(int number) {
    return checkpoints.get(number);
  }

  int nextCheckpoint() {
    return lastCheckpoint + 1;
  }

  List<Intervention> ledger() {
    return Collections.unmodifiableList(ledger);
  }

  Intervention entry(long number) {
    return ledger.get(Math.toIntExact(number) - 1);
  }

  long nextEntry() {
    return ledger.size() + 1L;
  }

  /** Asked for on a branch, and not made yet by a worker. */
  List<Intervention> pending(int branch) {
    return ledger.stream()
        .filter(entry -> entry.getBranch() == branch && changesTraining(entry))
        .filter(entry -> !entry.hasStep() && entry.getRefused().isEmpty())
        .toList();
  }

  /** What a client asked for under that name; null if it has not. */
  @Nullable Intervention asked(String requestId) {
    Long entry = requests.get(requestId);
    return entry == null ? null : entry(entry);
  }

  /** The last lease of a branch; null before the first. */
  @Nullable StoredLease lease(int branch) {
    return leases.get(branch);
  }

  /** Whether a worker has it, or is still to say that it has not. */
  boolean isLeased(int branch) {
    StoredLease lease = leases.get(branch);
    return lease != null && !lease.getEnded();
  }

  /** Leases that are not over. */
  List<StoredLease> openLeases() {
    return leases.values().stream().filter(lease -> !lease.getEnded()).toList();
  }

  /** What it trains with at present, what is pending left aside. */
  List<Parameter> parameters() {
    return parameters;
  }

  /** What it will train with once everything counts that was asked for. */
  List<Parameter> parametersToCome() {
    List<Parameter> all = parameters;
    for (Intervention entry : pending(branch())) {
      all = TunedParameters.with(all, entry.getAfterList());
    }
    return all;
  }

  /** The best of all branches that is kept; null before the first epoch's. */
  @Nullable PandaCheckpoint best() {
    Comparator<PandaCheckpoint> byValue = Comparator.comparingDouble(PandaCheckpoint::getValue);
    return checkpoints.values().stream()
        .filter(PandaCheckpoint::hasValue)
        .min(
            (definition.objective().minimize() ? byValue : byValue.reversed())
                .thenComparingInt(PandaCheckpoint::getNumber))
        .orElse(null);
  }
}
