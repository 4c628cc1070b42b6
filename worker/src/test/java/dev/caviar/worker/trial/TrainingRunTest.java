package dev.caviar.worker.trial;

import static dev.caviar.worker.trial.Trials.digits;
import static dev.caviar.worker.trial.Trials.flag;
import static dev.caviar.worker.trial.Trials.real;
import static dev.caviar.worker.trial.Trials.text;
import static dev.caviar.worker.trial.Trials.units;
import static dev.caviar.worker.trial.Trials.whole;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.caviar.proto.v1.AssignTrial;
import dev.caviar.proto.v1.Checkpoint;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterChange;
import dev.caviar.worker.backend.Backend;
import dev.caviar.worker.backend.CpuBackend;
import dev.caviar.worker.data.DataCache;
import dev.caviar.worker.data.DataSplits;
import dev.caviar.worker.model.CheckpointDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainingRunTest {
  private static final long WHOLE_EPOCH = Long.MAX_VALUE;
  private static final long ONE_BATCH = 0;

  private final Backend backend = new CpuBackend();
  private final DataCache cache = new DataCache();

  @Test
  void learnsTheDigits() throws Exception {
    List<CurvePoint> curve = train(digits(0, 1), WHOLE_EPOCH);

    assertThat(curve).extracting(CurvePoint::getEpoch).containsExactly(1, 2, 3, 4);
    // 1,797 examples less a fifth and a tenth, in mini-batches of 100, the last one smaller.
    assertThat(curve).extracting(CurvePoint::getStep).containsExactly(13L, 26L, 39L, 52L);
    assertThat(curve.getLast().getDevError()).isLessThan(0.08);
    assertThat(curve.getLast().getTrainLoss()).isLessThan(curve.getFirst().getTrainLoss() / 3);
  }

  @Test
  void followsTheDecayOfTheLearningRate() throws Exception {
    assertThat(train(digits(0, 1), WHOLE_EPOCH))
        .extracting(point -> (float) point.getLearningRate())
        .containsExactly(0.01f, (float) (0.01 / 1.1), (float) (0.01 / 1.2), (float) (0.01 / 1.3));
  }

  @Test
  void givesTheSameCurveHoweverItIsSliced() throws Exception {
    assertThat(untimed(train(digits(0, 1), ONE_BATCH)))
        .isEqualTo(untimed(train(digits(0, 1), WHOLE_EPOCH)));
  }

  @Test
  void anotherSeedGivesAnotherCurve() throws Exception {
    assertThat(untimed(train(digits(1, 1), WHOLE_EPOCH)))
        .isNotEqualTo(untimed(train(digits(0, 1), WHOLE_EPOCH)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"sgd", "momentum", "rmsprop", "adam"})
  void goesOnFromACheckpointBitForBit(String optimizer) throws Exception {
    AssignTrial assignment =
        digits(0, 1, text("optimizer", optimizer), real("momentum", 0.9), whole("epochs", 3));
    List<CurvePoint> whole = train(assignment, WHOLE_EPOCH);

    List<CurvePoint> parts = new ArrayList<>();
    Checkpoint checkpoint = null;
    for (boolean more = true; more; ) {
      // Through its bytes, as it travels.
      Checkpoint from = checkpoint == null ? null : Checkpoint.parseFrom(checkpoint.toByteArray());
      try (TrainingRun run = new TrainingRun(assignment, from, splits(assignment), backend)) {
        // Five mini-batches, which is never the end of an epoch.
        for (int i = 0; i < 5 && !run.finished(); i++) {
          CurvePoint point = run.train(ONE_BATCH);
          if (point != null) {
            parts.add(point);
          }
        }
        checkpoint = run.checkpoint();
        more = !run.finished();
      }
    }
    assertThat(untimed(parts)).isEqualTo(untimed(whole));
  }

  /** A copy of another trial goes on from its checkpoint, or from the start where that is lost. */
  @Test
  void changesWhatItsAssignmentSaysWithOrWithoutACheckpoint() throws Exception {
    AssignTrial donor = digits(0, 1, real("l2", 0.001));
    Checkpoint checkpoint;
    try (TrainingRun run = new TrainingRun(donor, null, splits(donor), backend)) {
      run.train(WHOLE_EPOCH);
      run.train(WHOLE_EPOCH);
      checkpoint = Checkpoint.parseFrom(run.checkpoint().toByteArray());
    }
    AssignTrial copy =
        donor.toBuilder()
            .addChanges(
                ParameterChange.newBuilder()
                    .setAfterStep(checkpoint.getStep())
                    .addParameters(real("learning_rate", 0.001))
                    .addParameters(real("dropout", 0.4))
                    .addParameters(whole("batch_size", 50)))
            .build();
    List<CurvePoint> whole = train(copy, WHOLE_EPOCH);
    assertThat(whole).hasSize(4);
    assertThat(untimed(whole).subList(0, 2))
        .isEqualTo(untimed(train(donor, WHOLE_EPOCH)).subList(0, 2));
    // Twice as many mini-batches from then on, and the other learning rate, decayed.
    assertThat(whole.get(2).getStep() - checkpoint.getStep()).isEqualTo(checkpoint.getStep());
    assertThat(whole.get(2).getLearningRate()).isCloseTo(0.001 / 1.2, within(1e-9));

    List<CurvePoint> rest = new ArrayList<>();
    Checkpoint later = null;
    try (TrainingRun run = new TrainingRun(copy, checkpoint, splits(copy), backend)) {
      rest.add(run.train(WHOLE_EPOCH));
      later = run.checkpoint();
    }
    // What was changed before a checkpoint is in it.
    try (TrainingRun run = new TrainingRun(copy, later, splits(copy), backend)) {
      rest.add(run.train(WHOLE_EPOCH));
    }
    assertThat(untimed(rest)).isEqualTo(untimed(whole).subList(2, 4));
  }

  /** The coordinator knows epochs, and not how many mini-batches they have. */
  @Test
  void changesAfterWholeEpochsWithOrWithoutACheckpoint() throws Exception {
    AssignTrial path =
        digits(0, 1, real("learning_rate_decay", 0.5)).toBuilder()
            .addChanges(rateAfterEpoch(1, 0.02))
            .addChanges(rateAfterEpoch(2, 0.002))
            .build();
    List<CurvePoint> whole = train(path, WHOLE_EPOCH);
    assertThat(whole.get(1).getLearningRate()).isEqualTo(0.02f);
    assertThat(whole.get(2).getLearningRate()).isEqualTo(0.002f);
    assertThat(whole.get(3).getLearningRate()).isEqualTo((float) (0.002 / 1.5));
    assertThat(untimed(train(path, ONE_BATCH))).isEqualTo(untimed(whole));

    // Left and taken up again at every step, at the ends of epochs too.
    List<CurvePoint> parts = new ArrayList<>();
    Checkpoint checkpoint = null;
    boolean more = true;
    while (more) {
      try (TrainingRun run = new TrainingRun(path, checkpoint, splits(path), backend)) {
        CurvePoint point = run.train(ONE_BATCH);
        if (point != null) {
          parts.add(point);
        }
        checkpoint = run.checkpoint();
        more = !run.finished();
      }
    }
    assertThat(untimed(parts)).isEqualTo(untimed(whole));
  }

  private static ParameterChange rateAfterEpoch(int epoch, double rate) {
    return ParameterChange.newBuilder()
        .setAfterEpoch(epoch)
        .addParameters(real("learning_rate", rate))
        .setRestartDecay(true)
        .build();
  }

  @Test
  void changesInTheMiddleOfAnEpochHoweverItIsSliced() throws Exception {
    AssignTrial changed =
        digits(0, 1).toBuilder()
            .addChanges(
                ParameterChange.newBuilder()
                    .setAfterStep(5)
                    .addParameters(real("learning_rate", 0.1)))
            .addChanges(
                ParameterChange.newBuilder().setAfterStep(20).addParameters(real("beta1", 0.5)))
            .build();
    List<CurvePoint> whole = train(changed, WHOLE_EPOCH);
    assertThat(untimed(train(changed, ONE_BATCH))).isEqualTo(untimed(whole));
    assertThat(whole.getFirst()).isNotEqualTo(train(digits(0, 1), WHOLE_EPOCH).getFirst());

    List<CurvePoint> byHand = new ArrayList<>();
    try (TrainingRun run = new TrainingRun(digits(0, 1), null, splits(changed), backend)) {
      while (!run.finished()) {
        if (run.steps() == 5) {
          run.tune(change(real("learning_rate", 0.1)));
        } else if (run.steps() == 20) {
          run.tune(change(real("beta1", 0.5)));
        }
        CurvePoint point = run.train(ONE_BATCH);
        if (point != null) {
          byHand.add(point);
        }
      }
    }
    assertThat(untimed(byHand)).isEqualTo(untimed(whole));
  }

  @Test
  void divergesWithItsPlace() {
    AssignTrial wild =
        digits(
            0, 1, real("learning_rate", 1e30), text("optimizer", "sgd"), flag("batch_norm", false));

    assertThatThrownBy(() -> train(wild, WHOLE_EPOCH))
        .isInstanceOf(TrainingRun.DivergedException.class)
        .hasMessageMatching(
            "the (training|dev) loss became (NaN|-?Infinity) in epoch 1, step \\d+");
  }

  @Test
  void leavesOutASingleExampleThatIsLeftOver() throws Exception {
    // 1,797 less 359 for dev is 1,438, which is 1,437 and one.
    AssignTrial assignment = digits(0, 1, whole("epochs", 2), whole("batch_size", 479));
    AssignTrial single =
        assignment.toBuilder()
            .setData(assignment.getData().toBuilder().setTestFraction(0).setDevFraction(0.2))
            .build();
    int count = splits(single).train().count();
    assertThat(count % 479).as("%s training examples", count).isEqualTo(1);

    assertThat(train(single, WHOLE_EPOCH)).extracting(CurvePoint::getStep).containsExactly(3L, 6L);
  }

  @Test
  void aBatchLargerThanTheDataIsAllOfIt() throws Exception {
    assertThat(train(digits(0, 1, whole("batch_size", 100_000)), WHOLE_EPOCH))
        .extracting(CurvePoint::getStep)
        .containsExactly(1L, 2L, 3L, 4L);
  }

  @Test
  void tunesFromTheNextMiniBatchOn() throws Exception {
    AssignTrial assignment = digits(0, 1, real("learning_rate_decay", 0));
    try (TrainingRun run = new TrainingRun(assignment, null, splits(assignment), backend)) {
      run.train(ONE_BATCH);
      run.tune(change(real("learning_rate", 0.5), real("dropout", 0.3)));
      CurvePoint point = null;
      while (point == null) {
        point = run.train(ONE_BATCH);
      }
      assertThat(point.getLearningRate()).isEqualTo(0.5f);
      assertThat(run.network().dropout()).isEqualTo(0.3f);
      run.tune(change(whole("batch_size", 1_000)));
      run.train(WHOLE_EPOCH);
      assertThat(run.steps()).isEqualTo(13 + 2);
    }
  }

  /** 1,258 training examples: five mini-batches of 100, then the other 758 in one of 1,000. */
  @Test
  void changesTheBatchSizeInTheMiddleOfAnEpoch() throws Exception {
    AssignTrial assignment = digits(0, 1);
    try (TrainingRun run = new TrainingRun(assignment, null, splits(assignment), backend)) {
      int count = splits(assignment).train().count();
      assertThat(run.trainTo(5)).isEmpty();
      run.tune(change(whole("batch_size", 1_000)));
      assertThat(run.trainTo(6)).extracting(CurvePoint::getStep).containsExactly(6L);
      run.trainTo(7);
      assertThat(run.checkpoint().getExamplesInEpoch()).isEqualTo(1_000);
      // All but one of the rest, and a single example is left out.
      run.tune(change(whole("batch_size", count - 1_001)));
      assertThat(run.train(ONE_BATCH)).isNotNull();
      assertThat(run.checkpoint().getExamplesInEpoch()).isZero();
    }
  }

  @Test
  void theTrainLossIsTheMeanOverExamplesWhateverTheMiniBatches() throws Exception {
    // At a rate that moves no weight every mini-batch is by the same network, whose loss without
    // batch norm and dropout does not depend on how the examples are divided.
    AssignTrial still =
        digits(
            0,
            1,
            real("learning_rate", 1e-30),
            real("dropout", 0),
            flag("batch_norm", false),
            text("optimizer", "sgd"));
    double whole = train(still, WHOLE_EPOCH).getFirst().getTrainLoss();
    try (TrainingRun run = new TrainingRun(still, null, splits(still), backend)) {
      run.trainTo(3);
      run.tune(change(whole("batch_size", 7)));
      run.trainTo(20);
      run.tune(change(whole("batch_size", 400)));
      CurvePoint point = Objects.requireNonNull(run.train(WHOLE_EPOCH));
      assertThat(point.getTrainLoss()).isCloseTo(whole, within(1e-6));
    }
  }

  @Test
  void beginsTheDecayAnewWhereAChangeSaysSo() throws Exception {
    AssignTrial assignment =
        digits(0, 1).toBuilder()
            .addChanges(ParameterChange.newBuilder().setAfterStep(26).setRestartDecay(true))
            .addChanges(
                ParameterChange.newBuilder()
                    .setAfterStep(39)
                    .addParameters(real("learning_rate", 0.02)))
            .build();
    assertThat(train(assignment, WHOLE_EPOCH))
        .extracting(point -> (float) point.getLearningRate())
        .containsExactly(0.01f, (float) (0.01 / 1.1), 0.01f, (float) (0.02 / 1.1));
  }

  /** As those of before {@code examples_in_epoch}. */
  @Test
  void goesOnFromACheckpointThatCountsInMiniBatches() throws Exception {
    AssignTrial assignment = digits(0, 1);
    Checkpoint old;
    try (TrainingRun run = new TrainingRun(assignment, null, splits(assignment), backend)) {
      run.trainTo(18);
      old = run.checkpoint().toBuilder().clearExamplesInEpoch().build();
      assertThat(old.getBatchInEpoch()).isEqualTo(5);
    }
    List<CurvePoint> rest = new ArrayList<>();
    try (TrainingRun run = new TrainingRun(assignment, old, splits(assignment), backend)) {
      rest.addAll(run.trainTo(Long.MAX_VALUE));
    }
    assertThat(untimed(rest)).isEqualTo(untimed(train(assignment, WHOLE_EPOCH)).subList(1, 4));
  }

  @Test
  void refusesACheckpointOfOtherData() throws Exception {
    AssignTrial assignment = digits(0, 1);
    try (TrainingRun run = new TrainingRun(assignment, null, splits(assignment), backend)) {
      Checkpoint far = run.checkpoint().toBuilder().setExamplesInEpoch(2_000).build();
      assertThatThrownBy(() -> new TrainingRun(assignment, far, splits(assignment), backend))
          .hasMessageContaining("2000 examples into an epoch; there are 1258");
    }
  }

  @Test
  void goesOnPastItsLastEpochWhereAChangeOrATuningSaysSo() throws Exception {
    AssignTrial six = digits(0, 1, whole("epochs", 6));
    List<CurvePoint> whole = untimed(train(six, WHOLE_EPOCH));
    AssignTrial four = digits(0, 1);
    Checkpoint end;
    try (TrainingRun run = new TrainingRun(four, null, splits(four), backend)) {
      run.trainTo(Long.MAX_VALUE);
      assertThat(run.finished()).isTrue();
      end = run.checkpoint();
      run.tune(change(whole("epochs", 6)));
      assertThat(run.finished()).isFalse();
      assertThat(untimed(run.trainTo(Long.MAX_VALUE))).isEqualTo(whole.subList(4, 6));
      run.tune(change(whole("epochs", 2)));
      assertThat(run.finished()).isTrue();
    }
    AssignTrial longer =
        four.toBuilder()
            .addChanges(
                ParameterChange.newBuilder()
                    .setAfterStep(end.getStep())
                    .addParameters(whole("epochs", 6)))
            .build();
    assertThat(untimed(train(longer, WHOLE_EPOCH))).isEqualTo(whole);
    try (TrainingRun run = new TrainingRun(longer, end, splits(longer), backend)) {
      assertThat(untimed(run.trainTo(Long.MAX_VALUE))).isEqualTo(whole.subList(4, 6));
    }
  }

  @Test
  void trainsWithoutAnEndInSight() throws Exception {
    AssignTrial endless = digits(0, 1, whole("epochs", Integer.MAX_VALUE));
    try (TrainingRun run = new TrainingRun(endless, null, splits(endless), backend)) {
      assertThat(run.trainTo(13 * 4)).hasSize(4);
      Checkpoint checkpoint = Checkpoint.parseFrom(run.checkpoint().toByteArray());
      try (TrainingRun again = new TrainingRun(endless, checkpoint, splits(endless), backend)) {
        assertThat(again.finished()).isFalse();
        assertThat(untimed(again.trainTo(13 * 5))).isEqualTo(untimed(run.trainTo(13 * 5)));
      }
    }
  }

  @Test
  void recalibratesAtTheWeightsAsTheyAre() throws Exception {
    AssignTrial assignment = digits(0, 1, real("batch_norm_momentum", 0.999));
    try (TrainingRun run = new TrainingRun(assignment, null, splits(assignment), backend)) {
      run.trainTo(26);
      Checkpoint before = run.checkpoint();
      // The same weights, as running statistics play no part in training; but well kept ones.
      double fresh = train(digits(0, 1, whole("epochs", 2)), WHOLE_EPOCH).getLast().getDevLoss();
      double stale = run.evaluate(splits(assignment).dev()).loss();
      run.tune(ParameterChange.newBuilder().setRecalibrate(true).build());
      double recalibrated = run.evaluate(splits(assignment).dev()).loss();
      assertThat(Math.abs(stale - fresh)).isGreaterThan(0.1);
      assertThat(Math.abs(recalibrated - fresh)).isLessThan(Math.abs(stale - fresh) / 2);
      Checkpoint after = run.checkpoint();
      for (int i = 0; i < before.getTensorsCount(); i++) {
        boolean running = before.getTensors(i).getName().contains(".running_");
        assertThat(after.getTensors(i).equals(before.getTensors(i)))
            .as(before.getTensors(i).getName())
            .isEqualTo(!running);
      }
      assertThatThrownBy(
              () ->
                  run.tune(change(whole("batch_size", 1)).toBuilder().setRecalibrate(true).build()))
          .hasMessageContaining("a single example");
      assertThat(run.digest()).isEqualTo(CheckpointDigest.of(after));
    }
  }

  @Test
  void refusesToTuneWhatIsBuiltIn() throws Exception {
    AssignTrial assignment = digits(0, 1);
    try (TrainingRun run = new TrainingRun(assignment, null, splits(assignment), backend)) {
      run.train(ONE_BATCH);
      assertThatThrownBy(() -> run.tune(change(units(21))))
          .hasMessageContaining("fixed once a network is trained");
      assertThatThrownBy(() -> run.tune(change(real("learning_rate", -1))))
          .hasMessageContaining("learning_rate is out of range");
      assertThatThrownBy(() -> run.tune(change(real("learning_rate_decay", -1))))
          .hasMessageContaining("learning_rate_decay is out of range");
      assertThatThrownBy(() -> run.tune(change(whole("batch_size", 1L << 32))))
          .hasMessageContaining("batch_size is out of range");
      assertThatThrownBy(() -> run.tune(change(whole("epochs", 0))))
          .hasMessageContaining("epochs must be at least 1");
      assertThat(run.parameters()).containsAll(assignment.getParametersList());
    }
  }

  @Test
  void saysWhichParameterIsMissingOrWrong() {
    AssignTrial missing =
        digits(0, 1).toBuilder().clearParameters().addParameters(whole("epochs", 1)).build();
    assertThatThrownBy(() -> train(missing, WHOLE_EPOCH))
        .hasMessage("the trial came without the parameter hidden_units");
    assertThatThrownBy(() -> train(digits(0, 1, text("activation", "gelu")), WHOLE_EPOCH))
        .hasMessageContaining("activation must be one of [sigmoid, tanh, relu]")
        .hasMessageContaining("gelu");
    assertThatThrownBy(() -> train(digits(0, 1, whole("hidden_layers", 3)), WHOLE_EPOCH))
        .hasMessage("hidden_layers is 3, but hidden_units has 1 layers");
  }

  private static ParameterChange change(Parameter... parameters) {
    return ParameterChange.newBuilder().addAllParameters(List.of(parameters)).build();
  }

  private List<CurvePoint> train(AssignTrial assignment, long slice) throws Exception {
    List<CurvePoint> curve = new ArrayList<>();
    try (TrainingRun run = new TrainingRun(assignment, null, splits(assignment), backend)) {
      while (!run.finished()) {
        CurvePoint point = run.train(slice);
        if (point != null) {
          curve.add(point);
        }
      }
    }
    return curve;
  }

  private DataSplits splits(AssignTrial assignment) {
    return cache.get(assignment.getData());
  }

  private static List<CurvePoint> untimed(List<CurvePoint> curve) {
    return curve.stream().map(point -> point.toBuilder().clearElapsedMicros().build()).toList();
  }
}
