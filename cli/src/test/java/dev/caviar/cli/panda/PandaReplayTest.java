package dev.caviar.cli.panda;

import static dev.caviar.cli.Updates.real;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.coordinator.space.PandaFile;
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
import dev.caviar.worker.backend.CpuBackend;
import dev.caviar.worker.data.DataCache;
import dev.caviar.worker.data.DataSplits;
import dev.caviar.worker.model.CheckpointDigest;
import dev.caviar.worker.trial.TrainingRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * A panda is trained as a worker would, going back and forth, and then again from what stands in
 * its state.
 */
@NullUnmarked
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PandaReplayTest {
  private static final String FILE =
      """
      name: replayed
      data: {builtin: digits, dev: 0.2}
      parameters: {learning_rate: 0.05, learning_rate_decay: 0.1, hidden_layers: 2, hidden_units: 16}
      seed: 7
      """;

  private final Map<Integer, List<CurvePoint>> recorded = new TreeMap<>();
  private final Map<Integer, String> digests = new HashMap<>();
  private final PandaState.Builder panda = PandaState.newBuilder().setPandaId("replayed-1");
  private final Map<Integer, Checkpoint> kept = new HashMap<>();
  // The changes at the present step.
  private final List<ParameterChange> madeHere = new ArrayList<>();
  private DataSplits data;

  /** Which steps are in the middle of an epoch does not matter, but some are. */
  @BeforeAll
  void trainOnce() throws Exception {
    var definition = PandaFile.parse(FILE, Path.of(""));
    data = new DataCache().get(definition.data());
    panda
        .setSeed(definition.seed())
        .setData(definition.data())
        .addAllFirstParameters(definition.parameters());

    branch(0, 0, 0, 0);
    Checkpoint state = train(0, null, 50);
    state = change(2, 0, state, true, real("learning_rate", 2), real("learning_rate_decay", 0));
    keep(1, 0, state, 2);
    state = train(0, state, 100);
    keep(2, 0, state, 2);
    // At one step with a checkpoint between them.
    state = change(3, 0, state, false, real("l2", 0.01));
    keep(4, 0, state, 3);
    state = change(4, 0, state, true, real("learning_rate", 0.5));
    train(0, state, 130);

    branch(1, 0, 100, 2);
    state = train(1, kept.get(2), 110);
    state = change(5, 1, state, true, real("learning_rate", 0.01));
    state = recalibrate(6, 1, state);
    state = train(1, state, 140);
    keep(3, 1, state, 6);

    branch(2, 1, 60, 2); // Before where its parent began: it is on the way of branch 0.
    train(2, train(0, kept.get(1), 60), 90);
  }

  private void branch(int number, int parent, long step, long entry) {
    panda.addBranches(
        PandaBranch.newBuilder()
            .setBranch(number)
            .setParent(parent)
            .setFromStep(step)
            .setFromEntry(entry));
    recorded.putIfAbsent(number, new ArrayList<>());
  }

  private TrainingRun run(Checkpoint state) throws Exception {
    return new TrainingRun(
        AssignTrial.newBuilder()
            .addAllParameters(panda.getFirstParametersList())
            .setData(panda.getData())
            .setSeed(panda.getSeed())
            .build(),
        state,
        data,
        new CpuBackend());
  }

  private Checkpoint train(int branch, Checkpoint state, long toStep) throws Exception {
    madeHere.clear();
    try (TrainingRun run = run(state)) {
      for (CurvePoint point : run.trainTo(toStep)) {
        if (recorded.get(branch).stream().noneMatch(p -> p.getEpoch() == point.getEpoch())) {
          recorded.get(branch).add(point);
        }
      }
      return run.checkpoint();
    }
  }

  private Checkpoint change(
      long number, int branch, Checkpoint state, boolean restartDecay, Parameter... after)
      throws Exception {
    return make(
        entry(number, InterventionKind.INTERVENTION_TUNE, branch, state)
            .addAllAfter(List.of(after)),
        ParameterChange.newBuilder().addAllParameters(List.of(after)).setRestartDecay(restartDecay),
        state);
  }

  private Checkpoint recalibrate(long number, int branch, Checkpoint state) throws Exception {
    return make(
        entry(number, InterventionKind.INTERVENTION_RECALIBRATE, branch, state),
        ParameterChange.newBuilder().setRecalibrate(true),
        state);
  }

  private static Intervention.Builder entry(
      long number, InterventionKind kind, int branch, Checkpoint state) {
    return Intervention.newBuilder()
        .setNumber(number)
        .setKind(kind)
        .setBranch(branch)
        .setStep(state.getStep())
        .setEpoch(state.getEpoch());
  }

  private Checkpoint make(
      Intervention.Builder entry, ParameterChange.Builder change, Checkpoint state)
      throws Exception {
    panda.addLedger(entry);
    madeHere.add(change.setAfterStep(state.getStep()).build());
    try (TrainingRun run =
        new TrainingRun(
            AssignTrial.newBuilder()
                .addAllParameters(panda.getFirstParametersList())
                .setData(panda.getData())
                .setSeed(panda.getSeed())
                .addAllChanges(madeHere)
                .build(),
            state,
            data,
            new CpuBackend())) {
      run.makeDueChanges();
      return run.checkpoint();
    }
  }

  private void keep(int number, int branch, Checkpoint state, long lastEntry) {
    panda.addCheckpoints(
        PandaCheckpoint.newBuilder()
            .setNumber(number)
            .setBranch(branch)
            .setStep(state.getStep())
            .setEpoch(state.getEpoch())
            .setLastEntry(lastEntry));
    kept.put(number, state);
    digests.put(number, CheckpointDigest.of(state));
  }

  private ReplayComparison replay(PandaState state, Map<Integer, List<CurvePoint>> points)
      throws Exception {
    List<String> progress = new ArrayList<>();
    Map<Integer, ReplayComparison.Side> before = new TreeMap<>();
    points.forEach(
        (branch, own) -> {
          Map<Integer, String> of = new TreeMap<>();
          state.getCheckpointsList().stream()
              .filter(checkpoint -> checkpoint.getBranch() == branch)
              .forEach(each -> of.put(each.getNumber(), digests.get(each.getNumber())));
          before.put(branch, new ReplayComparison.Side(own, of));
        });
    Map<Integer, ReplayComparison.Side> after = new TreeMap<>();
    new PandaReplay(state, points, data, new CpuBackend(), progress::add)
        .train()
        .forEach(
            (branch, trained) ->
                after.put(branch, new ReplayComparison.Side(trained.points(), trained.digests())));
    assertThat(progress).isNotEmpty();
    return ReplayComparison.of(before, after);
  }

  @Test
  void comesToTheSameOnAllBranches() throws Exception {
    ReplayComparison comparison = replay(panda.build(), recorded);

    assertThat(comparison.branches()).allMatch(branch -> branch.difference() == null);
    assertThat(comparison.same()).isTrue();
    assertThat(comparison.replayed()).isEqualTo(comparison.recorded());
    assertThat(comparison.branches())
        .extracting(ReplayComparison.Branch::checkpoints)
        .containsExactly(3, 1, 0);
    assertThat(comparison.branches()).allMatch(branch -> branch.points() > 0);
    assertThat(ReplayCommand.lines(panda.build(), comparison))
        .anyMatch(line -> line.startsWith("digest " + comparison.replayed()));
  }

  @Test
  void saysWhereItFirstDiffers() throws Exception {
    PandaState.Builder other = panda.build().toBuilder();
    other.setLedger(3, other.getLedger(3).toBuilder().setAfter(0, real("learning_rate", 0.011)));
    ReplayComparison comparison = replay(other.build(), recorded);

    assertThat(comparison.same()).isFalse();
    assertThat(comparison.branches().get(0).difference()).isNull();
    assertThat(comparison.branches().get(1).difference())
        .matches("epoch \\d: train_loss .*, now .*");
    assertThat(comparison.replayed()).isNotEqualTo(comparison.recorded());
    assertThat(ReplayCommand.lines(other.build(), comparison))
        .anyMatch(line -> line.startsWith("It first differs at branch 1: epoch "));
  }

  @Test
  void noticesACheckpointThatHasAChangeMoreThanItSays() throws Exception {
    PandaState.Builder other = panda.build().toBuilder();
    other.setCheckpoints(1, other.getCheckpoints(1).toBuilder().setLastEntry(3));
    ReplayComparison comparison = replay(other.build(), recorded);

    assertThat(comparison.branches().getFirst().difference()).isEqualTo("checkpoint 2");
  }
}
