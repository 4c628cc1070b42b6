package dev.caviar.worker.trial;

import static dev.caviar.worker.trial.Trials.digits;
import static dev.caviar.worker.trial.Trials.real;
import static dev.caviar.worker.trial.Trials.text;
import static dev.caviar.worker.trial.Trials.whole;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.caviar.proto.v1.AssignTrial;
import dev.caviar.proto.v1.Checkpoint;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterChange;
import dev.caviar.worker.backend.Backend;
import dev.caviar.worker.backend.CpuBackend;
import dev.caviar.worker.backend.Nd4jBackend;
import dev.caviar.worker.data.DataCache;
import dev.caviar.worker.data.DataSplits;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * What babysitting rests on: a network is the same, to the last bit, whether its changes were made
 * while it trained or stood in its assignment, however its training was sliced, and wherever it
 * went on from a checkpoint.
 */
class ChangesPropertyTest {
  private static final int STEPS = 60;

  private final Backend cpu = new CpuBackend();
  private final DataCache cache = new DataCache();

  @Property(tries = 150)
  void anyWayToMakeTheSameChangesGivesTheSameState(
      @ForAll("changes") List<ParameterChange> changes, @ForAll long seed) throws Exception {
    check(cpu, assignment(changes), new Random(seed));
  }

  @Property(tries = 8)
  void onNd4jToo(@ForAll("changes") List<ParameterChange> changes, @ForAll long seed)
      throws Exception {
    check(new Nd4jBackend(), assignment(changes), new Random(seed));
  }

  private void check(Backend backend, AssignTrial assignment, Random random) throws Exception {
    DataSplits data = cache.get(assignment.getData());
    Outcome straight = straight(backend, assignment, data);
    assertThat(sliced(backend, assignment, data, random)).as("sliced").isEqualTo(straight);
    assertThat(tuned(backend, assignment, data, random)).as("tuned").isEqualTo(straight);
    assertThat(inPieces(backend, assignment, data, random)).as("in pieces").isEqualTo(straight);
    AssignTrial seen = assignment.toBuilder().setLayerStatistics(true).build();
    assertThat(straight(backend, seen, data).withoutLayers())
        .as("with its layers seen")
        .isEqualTo(straight);
  }

  /** What a run has come to, and the points on the way. */
  private record Outcome(String digest, Checkpoint state, List<CurvePoint> points) {
    static Outcome of(TrainingRun run, List<CurvePoint> points) {
      return new Outcome(
          run.digest(),
          run.checkpoint().toBuilder().clearElapsedMicros().build(),
          points.stream().map(each -> each.toBuilder().clearElapsedMicros().build()).toList());
    }

    Outcome withoutLayers() {
      assertThat(points).allSatisfy(each -> assertThat(each.getLayersCount()).isEqualTo(2));
      return new Outcome(
          digest,
          state,
          points.stream().map(each -> each.toBuilder().clearLayers().build()).toList());
    }
  }

  private static Outcome straight(Backend backend, AssignTrial assignment, DataSplits data)
      throws Exception {
    try (TrainingRun run = new TrainingRun(assignment, null, data, backend)) {
      List<CurvePoint> points = run.trainTo(STEPS);
      run.makeDueChanges();
      return Outcome.of(run, points);
    }
  }

  /** By steps of any length. */
  private static Outcome sliced(
      Backend backend, AssignTrial assignment, DataSplits data, Random random) throws Exception {
    try (TrainingRun run = new TrainingRun(assignment, null, data, backend)) {
      List<CurvePoint> points = new ArrayList<>();
      while (run.steps() < STEPS) {
        points.addAll(run.trainTo(Math.min(STEPS, run.steps() + 1 + random.nextInt(9))));
      }
      run.makeDueChanges();
      return Outcome.of(run, points);
    }
  }

  /** By commands, as TrialActor hears them. */
  private static Outcome tuned(
      Backend backend, AssignTrial assignment, DataSplits data, Random random) throws Exception {
    AssignTrial bare = assignment.toBuilder().clearChanges().build();
    try (TrainingRun run = new TrainingRun(bare, null, data, backend)) {
      List<CurvePoint> points = new ArrayList<>();
      for (ParameterChange change : assignment.getChangesList()) {
        while (run.steps() < change.getAfterStep()) {
          points.addAll(
              run.trainTo(Math.min(change.getAfterStep(), run.steps() + 1 + random.nextInt(9))));
        }
        run.tune(change);
      }
      points.addAll(run.trainTo(STEPS));
      return Outcome.of(run, points);
    }
  }

  /**
   * From checkpoint to checkpoint, through their bytes, by the same assignment: taken before or
   * after the changes of their step.
   */
  private static Outcome inPieces(
      Backend backend, AssignTrial assignment, DataSplits data, Random random) throws Exception {
    List<CurvePoint> points = new ArrayList<>();
    Checkpoint from = null;
    while (true) {
      try (TrainingRun run = new TrainingRun(assignment, from, data, backend)) {
        if (from != null && run.steps() == STEPS) {
          return Outcome.of(run, points);
        }
        points.addAll(run.trainTo(next(assignment, run.steps(), random)));
        if (random.nextBoolean()) {
          run.makeDueChanges();
        }
        from = parse(run.checkpoint().toByteArray());
      }
    }
  }

  /** Often where something changes. */
  private static long next(AssignTrial assignment, long step, Random random) {
    List<Long> changes =
        assignment.getChangesList().stream()
            .map(ParameterChange::getAfterStep)
            .filter(each -> each > step)
            .toList();
    long next =
        changes.isEmpty() || random.nextBoolean()
            ? step + 1 + random.nextInt(25)
            : changes.getFirst();
    return Math.min(STEPS, next);
  }

  private static Checkpoint parse(byte[] bytes) throws InvalidProtocolBufferException {
    return Checkpoint.parseFrom(bytes);
  }

  private static AssignTrial assignment(List<ParameterChange> changes) {
    return digits(0, 1, Trials.units(12, 9), whole("hidden_layers", 2), whole("epochs", 100_000))
        .toBuilder()
        .addAllChanges(changes)
        .build();
  }

  @Provide
  Arbitrary<List<ParameterChange>> changes() {
    Arbitrary<List<Parameter>> parameters =
        Arbitraries.oneOf(
                Arbitraries.of(7, 50, 99, 144, 400, 1_000, 5_000)
                    .map(size -> whole("batch_size", size)),
                Arbitraries.of(7, 50, 99, 144, 400, 1_000, 5_000)
                    .map(size -> whole("batch_size", size)),
                Arbitraries.of(0.001, 0.003, 0.02).map(rate -> real("learning_rate", rate)),
                Arbitraries.of(0.0, 0.1, 1.0).map(decay -> real("learning_rate_decay", decay)),
                Arbitraries.of(0.0, 0.2, 0.5).map(p -> real("dropout", p)),
                Arbitraries.of(0.5, 0.9).map(beta -> real("beta1", beta)),
                Arbitraries.of(0.0, 0.01).map(l2 -> real("l2", l2)),
                Arbitraries.of(0.5, 0.99).map(kept -> real("batch_norm_momentum", kept)),
                Arbitraries.of(1e-5, 1e-2).map(small -> real("batch_norm_epsilon", small)),
                Arbitraries.of("sgd", "adam", "rmsprop").map(name -> text("optimizer", name)))
            .list()
            .uniqueElements(Parameter::getName)
            .ofMaxSize(3);
    return Combinators.combine(
            Arbitraries.longs().between(0, STEPS),
            parameters,
            Arbitraries.of(true, false, false),
            Arbitraries.of(true, false, false))
        .as(
            (step, changed, restart, recalibrate) ->
                ParameterChange.newBuilder()
                    .setAfterStep(step)
                    .addAllParameters(changed)
                    .setRestartDecay(restart)
                    .setRecalibrate(recalibrate)
                    .build())
        .list()
        .ofMaxSize(8)
        .map(
            list ->
                list.stream()
                    .sorted(Comparator.comparingLong(ParameterChange::getAfterStep))
                    .toList());
  }
}
