package dev.caviar.cli.panda;

import dev.caviar.coordinator.space.Hyperparameter;
import dev.caviar.coordinator.space.PandaDefinition;
import dev.caviar.proto.v1.AssignTrial;
import dev.caviar.proto.v1.Checkpoint;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.Intervention;
import dev.caviar.proto.v1.InterventionKind;
import dev.caviar.proto.v1.PandaBranch;
import dev.caviar.proto.v1.PandaCheckpoint;
import dev.caviar.proto.v1.PandaState;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterChange;
import dev.caviar.proto.v1.ParameterValue;
import dev.caviar.worker.backend.Backend;
import dev.caviar.worker.data.DataSplits;
import dev.caviar.worker.model.CheckpointDigest;
import dev.caviar.worker.trial.TrainingRun;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A panda trained again, from its seed and its ledger alone: each branch from where it left the one
 * before, so that no stretch that they share is trained twice.
 */
final class PandaReplay {
  private static final Set<String> RATES =
      Set.of(Hyperparameter.LEARNING_RATE.key(), Hyperparameter.LEARNING_RATE_DECAY.key());

  /**
   * What a branch came to.
   *
   * @param points those of its epochs, in their order
   * @param digests of its kept checkpoints, by their numbers
   */
  record Trained(int branch, List<CurvePoint> points, Map<Integer, String> digests) {}

  private final PandaState panda;
  private final Map<Integer, List<CurvePoint>> recorded;
  private final DataSplits data;
  private final Backend backend;
  private final Consumer<String> onProgress;
  private final Map<Integer, Trained> trained = new TreeMap<>();
  private String told = "";

  /**
   * What is to be trained again.
   *
   * @param recorded each branch's own points
   * @param onProgress told now and then how far it is
   */
  PandaReplay(
      PandaState panda,
      Map<Integer, List<CurvePoint>> recorded,
      DataSplits data,
      Backend backend,
      Consumer<String> onProgress) {
    this.panda = panda;
    this.recorded = recorded;
    this.data = data;
    this.backend = backend;
    this.onProgress = onProgress;
  }

  /**
   * Trains all branches as far as anything is recorded of them.
   *
   * @return by their numbers
   * @throws TrainingRun.DivergedException if a loss became infinite where it did not before
   */
  Map<Integer, Trained> train()
      throws TrainingRun.DivergedException, TrainingRun.InfeasibleException {
    train(Lineage.of(panda, 0).stretches().getFirst().branch(), null);
    return trained;
  }

  /** What happens on a branch, where it trains, that something is made of. */
  private sealed interface Stop {
    Lineage.Place place();

    /** A checkpoint was kept there. */
    record Kept(Lineage.Place place, int checkpoint) implements Stop {}

    /** Another branch begins there. */
    record Left(Lineage.Place place, PandaBranch child) implements Stop {}

    /** Nothing is known behind it. */
    record End(Lineage.Place place) implements Stop {}
  }

  private void train(PandaBranch branch, @Nullable Checkpoint from)
      throws TrainingRun.DivergedException, TrainingRun.InfeasibleException {
    List<CurvePoint> points = new ArrayList<>();
    Map<Integer, String> digests = new TreeMap<>();
    trained.put(branch.getBranch(), new Trained(branch.getBranch(), points, digests));
    // Where other branches leave this one, its state waits for them.
    Map<PandaBranch, Checkpoint> children = new HashMap<>();
    Checkpoint state = from;
    Lineage.Place place = from == null ? null : Lineage.beginning(branch);
    List<Stop> stops = stops(branch);
    for (Stop stop : stops) {
      Checkpoint reached = train(branch, state, place, stop.place(), points);
      switch (stop) {
        case Stop.Kept(var at, int checkpoint) ->
            digests.put(checkpoint, CheckpointDigest.of(reached));
        case Stop.Left(var at, PandaBranch child) -> children.put(child, reached);
        case Stop.End(var at) -> {}
      }
      state = reached;
      place = stop.place();
      tell(branch, reached.getStep(), stops.getLast().place().step());
    }
    for (PandaBranch child : panda.getBranchesList()) {
      Checkpoint left = children.remove(child);
      if (left != null) {
        train(child, left);
      }
    }
  }

  /** A line for each tenth of a branch, so that long trainings show that they go on. */
  private void tell(PandaBranch branch, long step, long last) {
    long tenth = 10 * (step - branch.getFromStep()) / Math.max(1, last - branch.getFromStep());
    String progress = "branch %d: %d%%".formatted(branch.getBranch(), 10 * tenth);
    if (!progress.equals(told)) {
      told = progress;
      onProgress.accept(progress);
    }
  }

  /** From one place of a branch to a later one; what ends of epochs on the way is added. */
  private Checkpoint train(
      PandaBranch branch,
      @Nullable Checkpoint state,
      Lineage.@Nullable Place from,
      Lineage.Place to,
      List<CurvePoint> points)
      throws TrainingRun.DivergedException, TrainingRun.InfeasibleException {
    if (state != null && to.equals(from)) {
      return state;
    }
    try (TrainingRun run = new TrainingRun(assignment(branch, from, to), state, data, backend)) {
      points.addAll(run.trainTo(to.step()));
      run.makeDueChanges();
      return run.checkpoint();
    }
  }

  /**
   * With the changes between the two places. Those of the first one's own step are among them, made
   * or not: the run knows which are in its state.
   */
  private AssignTrial assignment(
      PandaBranch branch, Lineage.@Nullable Place from, Lineage.Place to) {
    AssignTrial.Builder assignment =
        AssignTrial.newBuilder()
            .addAllParameters(openEnd(panda.getFirstParametersList()))
            .setData(panda.getData())
            .setSeed(panda.getSeed());
    panda.getOrigin().getChangesList().stream()
        .filter(
            change ->
                change.hasAfterEpoch()
                    || ((from == null || change.getAfterStep() >= from.step())
                        && change.getAfterStep() <= to.step()))
        .map(PandaReplay::openEnd)
        .forEach(assignment::addChanges);
    Lineage.of(panda, branch.getBranch()).entries(panda).stream()
        .filter(entry -> from == null || entry.getStep() >= from.step())
        .filter(entry -> Lineage.place(entry).compareTo(to) <= 0)
        .flatMap(entry -> change(entry).stream())
        .forEach(assignment::addChanges);
    return assignment.build();
  }

  /** The epochs end a panda, but not the training of its network. */
  private static List<Parameter> openEnd(List<Parameter> parameters) {
    return parameters.stream()
        .map(
            parameter ->
                parameter.getName().equals(Hyperparameter.EPOCHS.key())
                    ? parameter.toBuilder()
                        .setValue(ParameterValue.newBuilder().setInteger(PandaDefinition.OPEN_END))
                        .build()
                    : parameter)
        .toList();
  }

  private static ParameterChange openEnd(ParameterChange change) {
    return change.toBuilder()
        .clearParameters()
        .addAllParameters(openEnd(change.getParametersList()))
        .build();
  }

  /** What an entry of the ledger changed in the training; nothing if that is all it did. */
  private static List<ParameterChange> change(Intervention entry) {
    if (entry.getKind() != InterventionKind.INTERVENTION_TUNE
        && entry.getKind() != InterventionKind.INTERVENTION_RECALIBRATE) {
      return List.of();
    }
    return List.of(
        ParameterChange.newBuilder()
            .setAfterStep(entry.getStep())
            .addAllParameters(entry.getAfterList())
            .setRestartDecay(
                entry.getAfterList().stream()
                    .anyMatch(parameter -> RATES.contains(parameter.getName())))
            .setRecalibrate(entry.getKind() == InterventionKind.INTERVENTION_RECALIBRATE)
            .build());
  }

  /** In the order in which a branch comes by them. */
  private List<Stop> stops(PandaBranch branch) {
    List<Stop> stops = new ArrayList<>();
    for (PandaCheckpoint checkpoint : panda.getCheckpointsList()) {
      if (checkpoint.getBranch() == branch.getBranch()) {
        stops.add(
            new Stop.Kept(
                new Lineage.Place(checkpoint.getStep(), checkpoint.getLastEntry()),
                checkpoint.getNumber()));
      }
    }
    for (PandaBranch child : panda.getBranchesList()) {
      if (child.getBranch() != 0 && holder(child) == branch.getBranch()) {
        stops.add(new Stop.Left(Lineage.beginning(child), child));
      }
    }
    recorded.getOrDefault(branch.getBranch(), List.of()).stream()
        .mapToLong(CurvePoint::getStep)
        .max()
        .ifPresent(step -> stops.add(new Stop.End(new Lineage.Place(step, Long.MAX_VALUE))));
    stops.sort(Comparator.comparing(Stop::place));
    return stops;
  }

  /** Whose training has the place where a branch begins: one may be left before it began. */
  private int holder(PandaBranch child) {
    List<Lineage.Stretch> way = Lineage.of(panda, child.getParent()).stretches();
    return way.reversed().stream()
        .map(Lineage.Stretch::branch)
        .filter(branch -> Lineage.beginning(branch).compareTo(Lineage.beginning(child)) <= 0)
        .map(PandaBranch::getBranch)
        .findFirst()
        .orElse(0);
  }
}
