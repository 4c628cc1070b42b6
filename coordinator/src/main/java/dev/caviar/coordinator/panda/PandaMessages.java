package dev.caviar.coordinator.panda;

import dev.caviar.coordinator.space.PandaDefinition;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.PandaAlert;
import dev.caviar.proto.v1.PandaCheckpoint;
import dev.caviar.proto.v1.PandaPhase;
import dev.caviar.proto.v1.PandaSnapshot.StoredLease;
import dev.caviar.proto.v1.PandaState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A panda in the words of panda.proto. */
final class PandaMessages {
  private PandaMessages() {}

  /**
   * All of it.
   *
   * @param phase as it is seen, which may be that its worker is silent
   * @param last its newest point, null if there is none
   */
  static PandaState state(
      Panda panda, PandaPhase phase, @Nullable CurvePoint last, List<PandaAlert> alerts) {
    PandaDefinition definition = panda.definition();
    PandaState.Builder state =
        brief(panda, phase, last, alerts).toBuilder()
            .setSeed(definition.seed())
            .setData(definition.data())
            .setPandaFile(definition.file())
            .addAllBranches(panda.branches())
            .addAllLedger(panda.ledger())
            .addAllFirstParameters(definition.parameters());
    if (definition.origin() != null) {
      state.setOrigin(definition.origin());
    }
    Retention retention = new Retention(panda);
    for (PandaCheckpoint checkpoint : panda.checkpoints()) {
      state.addCheckpoints(checkpoint.toBuilder().addAllKeptBecause(retention.reasons(checkpoint)));
    }
    return state.build();
  }

  /** Without its ledger, branches and checkpoints. */
  static PandaState brief(
      Panda panda, PandaPhase phase, @Nullable CurvePoint last, List<PandaAlert> alerts) {
    PandaDefinition definition = panda.definition();
    PandaState.Builder state =
        PandaState.newBuilder()
            .setPandaId(panda.id())
            .setName(definition.name())
            .setPhase(phase)
            .setReason(panda.reason())
            .setStartedAtMillis(panda.startedAtMillis())
            .setBranch(panda.branch())
            .setStep(panda.branch(panda.branch()).getStep())
            .setEpoch(panda.branch(panda.branch()).getEpoch())
            .addAllParameters(panda.parameters())
            .setMetric(definition.objective().metric().key())
            .setMinimize(definition.objective().minimize())
            .addAllAlerts(alerts)
            .setEpochs(definition.epochs() == PandaDefinition.OPEN_END ? 0 : definition.epochs());
    StoredLease lease = panda.lease(panda.branch());
    if (lease != null && !lease.getEnded()) {
      state.setWorkerId(lease.getWorkerId());
    }
    if (last != null && last.getStep() >= state.getStep()) {
      state.setStep(last.getStep()).setEpoch(last.getEpoch());
    }
    if (last != null) {
      state.setLast(last);
    }
    PandaCheckpoint best = panda.best();
    if (best != null) {
      state.setBestCheckpoint(best.getNumber()).setBest(best.getValue());
    }
    return state.build();
  }
}
