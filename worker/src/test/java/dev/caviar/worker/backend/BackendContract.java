package dev.caviar.worker.backend;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.data.Offset.offset;

import dev.caviar.worker.network.Activation;
import dev.caviar.worker.network.Loss;
import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.NetworkState;
import dev.caviar.worker.network.Optimizer;
import dev.caviar.worker.network.OptimizerSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What every backend must do, measured against {@link ReferenceNetwork}. */
abstract class BackendContract {
  /** A float keeps seven digits; sums over a mini-batch and the layers cost about two of them. */
  private static final double TOLERANCE = 2e-5;

  private static final long SEED = 42;

  private final Backend backend;

  BackendContract(Backend backend) {
    this.backend = backend;
  }

  /** Sizes are odd, so that loops over vectors have something left at their ends. */
  static List<NetworkConfig> networks() {
    List<NetworkConfig> networks = new ArrayList<>();
    for (Activation activation : Activation.values()) {
      for (Loss loss : Loss.values()) {
        for (boolean batchNorm : new boolean[] {true, false}) {
          for (float dropout : new float[] {0f, 0.3f}) {
            networks.add(
                new NetworkConfig(
                    13, List.of(19, 17), 5, activation, loss, batchNorm, 0.8f, 1e-3f, dropout));
          }
        }
      }
    }
    // Softmax and linear regression, a single unit everywhere, and sizes past a vector's length.
    for (Loss loss : Loss.values()) {
      networks.add(network(13, List.of(), 5, loss));
      networks.add(network(1, List.of(1), 1, loss));
      networks.add(network(70, List.of(67, 33, 65), 11, loss));
    }
    return networks;
  }

  private static NetworkConfig network(
      int inputs, List<Integer> hiddenUnits, int outputs, Loss loss) {
    return new NetworkConfig(
        inputs, hiddenUnits, outputs, Activation.RELU, loss, true, 0.9f, 1e-5f, 0f);
  }

  private static OptimizerSettings settings(Optimizer optimizer, float l2) {
    return new OptimizerSettings(optimizer, 0.05f, 0.8f, 0.85f, 0.98f, 1e-4f, l2);
  }

  @ParameterizedTest
  @MethodSource("networks")
  void oneStepIsTheReferences(NetworkConfig config) {
    NetworkState initial = RandomNetworks.withMoments(RandomNetworks.state(config, 1), 2);
    Examples examples = RandomNetworks.examples(config, 40, 3);
    int[] order = RandomNetworks.order(40, 4);
    for (Optimizer optimizer : Optimizer.values()) {
      for (float l2 : new float[] {0f, 0.1f}) {
        try (Trainer trainer = backend.newTrainer(config, 31, initial, SEED)) {
          ReferenceNetwork reference = new ReferenceNetwork(config, initial);
          step(trainer, reference, examples, order, 5, 31, settings(optimizer, l2));
          assertSame(trainer.state(), reference.state(), TOLERANCE, optimizer + ", L2 " + l2);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Optimizer.class)
  void miniBatchesOfAllSizesTakeTurns(Optimizer optimizer) {
    NetworkConfig config =
        new NetworkConfig(
            9,
            List.of(12, 7),
            3,
            Activation.TANH,
            Loss.SOFTMAX_CROSS_ENTROPY,
            true,
            0.9f,
            1e-3f,
            0.2f);
    NetworkState initial = RandomNetworks.withMoments(RandomNetworks.state(config, 5), 6);
    Examples examples = RandomNetworks.examples(config, 50, 7);
    int[] order = RandomNetworks.order(50, 8);
    try (Trainer trainer = backend.newTrainer(config, 16, initial, SEED)) {
      ReferenceNetwork reference = new ReferenceNetwork(config, initial);
      for (int size : new int[] {16, 1, 16, 2, 7, 15, 1}) {
        step(trainer, reference, examples, order, 50 - size, size, settings(optimizer, 0.01f));
      }
      assertSame(trainer.state(), reference.state(), 10 * TOLERANCE, optimizer.toString());
    }
  }

  @Test
  void theOptimizerAndItsRatesMayChangeAtAnyStep() {
    NetworkConfig config = network(9, List.of(8), 3, Loss.SOFTMAX_CROSS_ENTROPY);
    NetworkState initial = RandomNetworks.state(config, 9);
    Examples examples = RandomNetworks.examples(config, 20, 10);
    int[] order = RandomNetworks.order(20, 11);
    try (Trainer trainer = backend.newTrainer(config, 20, initial, SEED)) {
      ReferenceNetwork reference = new ReferenceNetwork(config, initial);
      Optimizer[] sequence = {
        Optimizer.SGD, Optimizer.MOMENTUM, Optimizer.ADAM, Optimizer.RMSPROP, Optimizer.MOMENTUM
      };
      float learningRate = 0.1f;
      for (Optimizer optimizer : sequence) {
        learningRate *= 0.7f;
        step(
            trainer,
            reference,
            examples,
            order,
            0,
            20,
            settings(optimizer, 0).withLearningRate(learningRate));
      }
      assertSame(trainer.state(), reference.state(), 10 * TOLERANCE, "after changes");
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void evaluationAndPredictionsAreTheReferences(NetworkConfig config) {
    NetworkState state = RandomNetworks.state(config, 12);
    ReferenceNetwork reference = new ReferenceNetwork(config, state);
    try (Trainer trainer = backend.newTrainer(config, 8, state, SEED)) {
      for (int count : new int[] {1, 8, 37}) {
        Examples examples = RandomNetworks.examples(config, count, 13);
        ReferenceExamples rows = ReferenceExamples.of(examples);

        Trainer.Evaluation actual = trainer.evaluate(examples);
        Trainer.Evaluation expected = reference.evaluate(rows.features(), rows.targets());
        assertThat(actual.loss()).isCloseTo(expected.loss(), offset(TOLERANCE));
        assertThat(actual.error()).isCloseTo(expected.error(), offset(TOLERANCE));

        float[] outputs = new float[count * config.outputs() + 1];
        Arrays.fill(outputs, -7f);
        trainer.predict(examples, outputs);
        double[][] expectedOutputs = reference.predict(rows.features());
        for (int i = 0; i < outputs.length - 1; i++) {
          double output = expectedOutputs[i / config.outputs()][i % config.outputs()];
          assertThat((double) outputs[i]).isCloseTo(output, offset(TOLERANCE));
        }
        assertThat(outputs[outputs.length - 1]).as("past the end").isEqualTo(-7f);
      }
      assertThat(trainer.state().tensors().keySet()).isEqualTo(state.tensors().keySet());
      assertSame(trainer.state(), state, 0, "after nothing but inference");
    }
  }

  @ParameterizedTest
  @EnumSource(Optimizer.class)
  void goesOnFromAStateBitForBit(Optimizer optimizer) {
    NetworkConfig config = dropoutNetwork();
    NetworkState initial = RandomNetworks.state(config, 14);
    Examples examples = RandomNetworks.examples(config, 64, 15);
    NetworkState straight;
    NetworkState half;
    NetworkState halfAtRest;
    try (Trainer trainer = backend.newTrainer(config, 16, initial, SEED)) {
      train(trainer, examples, 0, 9, settings(optimizer, 0.01f));
      half = trainer.state();
      halfAtRest = copy(half);
      train(trainer, examples, 9, 20, settings(optimizer, 0.01f));
      straight = trainer.state();
    }
    assertSame(half, halfAtRest, 0, "a state handed out does not change with its trainer");
    try (Trainer trainer = backend.newTrainer(config, 16, half, SEED)) {
      assertSame(trainer.state(), half, 0, "what was put in");
      train(trainer, examples, 9, 20, settings(optimizer, 0.01f));
      assertSame(trainer.state(), straight, 0, "resumed");
    }
    assertSame(half, halfAtRest, 0, "a state taken in does not change with its trainer");
  }

  @Test
  void dropoutFollowsTheSeed() {
    NetworkConfig config = dropoutNetwork();
    NetworkState initial = RandomNetworks.state(config, 16);
    Examples examples = RandomNetworks.examples(config, 16, 17);
    List<Double> losses = new ArrayList<>();
    for (long seed : new long[] {1, 1, 2}) {
      try (Trainer trainer = backend.newTrainer(config, 16, initial, seed)) {
        losses.add(train(trainer, examples, 0, 1, settings(Optimizer.SGD, 0)));
      }
    }
    assertThat(losses.get(1)).isEqualTo(losses.get(0));
    assertThat(losses.get(2)).isNotEqualTo(losses.get(0));
  }

  @Test
  void trainersOnSeveralThreadsDoNotDisturbEachOther() throws Exception {
    NetworkConfig config = dropoutNetwork();
    NetworkState initial = RandomNetworks.state(config, 18);
    Examples examples = RandomNetworks.examples(config, 64, 19);
    List<NetworkState> states = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<NetworkState>> running = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        running.add(
            threads.submit(
                () -> {
                  try (Trainer trainer = backend.newTrainer(config, 16, initial, SEED)) {
                    train(trainer, examples, 0, 200, settings(Optimizer.ADAM, 0.01f));
                    return trainer.state();
                  }
                }));
      }
      for (Future<NetworkState> each : running) {
        states.add(each.get());
      }
    }
    for (NetworkState state : states) {
      assertSame(state, states.get(0), 0, "trained beside others");
    }
  }

  @Test
  void aTrainerMayMoveFromThreadToThread() throws Exception {
    NetworkConfig config = dropoutNetwork();
    NetworkState initial = RandomNetworks.state(config, 20);
    Examples examples = RandomNetworks.examples(config, 64, 21);
    OptimizerSettings settings = settings(Optimizer.ADAM, 0);
    NetworkState expected;
    try (Trainer trainer = backend.newTrainer(config, 16, initial, SEED)) {
      train(trainer, examples, 0, 10, settings);
      expected = trainer.state();
    }
    try (ExecutorService one = Executors.newSingleThreadExecutor();
        ExecutorService other = Executors.newSingleThreadExecutor()) {
      Trainer trainer = one.submit(() -> backend.newTrainer(config, 16, initial, SEED)).get();
      for (int step = 0; step < 10; step++) {
        int now = step;
        ExecutorService thread = step % 2 == 0 ? one : other;
        var _ = thread.submit(() -> train(trainer, examples, now, now + 1, settings)).get();
      }
      assertSame(other.submit(trainer::state).get(), expected, 0, "on two threads");
      one.submit(trainer::close).get();
    }
  }

  @Test
  void aDivergedNetworkHasALossThatIsNotFinite() {
    NetworkConfig config = network(9, List.of(8), 3, Loss.SQUARED_ERROR);
    Map<String, float[]> tensors = new TreeMap<>(RandomNetworks.state(config, 22).tensors());
    float[] weights = requireNonNull(tensors.get("layer0.weights")).clone();
    weights[3] = Float.NaN;
    tensors.put("layer0.weights", weights);
    Examples examples = RandomNetworks.examples(config, 16, 23);
    try (Trainer trainer = backend.newTrainer(config, 16, new NetworkState(0, tensors), SEED)) {
      assertThat(train(trainer, examples, 0, 1, settings(Optimizer.SGD, 0))).isNaN();
      Trainer.Evaluation evaluation = trainer.evaluate(examples);
      assertThat(evaluation.loss()).isNaN();
    }
  }

  @Test
  void aStateThatDoesNotFitIsRefused() {
    NetworkConfig config = dropoutNetwork();
    NetworkState fits = RandomNetworks.state(config, 24);
    for (String name : fits.tensors().keySet()) {
      Map<String, float[]> missing = new TreeMap<>(fits.tensors());
      missing.remove(name);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> backend.newTrainer(config, 4, new NetworkState(0, missing), SEED))
          .withMessageContaining(name);
      Map<String, float[]> longer = new TreeMap<>(fits.tensors());
      longer.put(name, new float[1000]);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> backend.newTrainer(config, 4, new NetworkState(0, longer), SEED))
          .withMessageContaining(name);
    }
  }

  @Test
  void whatIsNotANumberIsAWrongAnswer() {
    NetworkConfig config = network(9, List.of(8), 3, Loss.SOFTMAX_CROSS_ENTROPY);
    Map<String, float[]> tensors = new TreeMap<>(RandomNetworks.state(config, 26).tensors());
    tensors.put("layer1.bias", new float[] {Float.NaN, Float.NaN, Float.NaN});
    try (Trainer trainer = backend.newTrainer(config, 4, new NetworkState(0, tensors), SEED)) {
      assertThat(trainer.evaluate(RandomNetworks.examples(config, 9, 27)).error()).isEqualTo(1);
    }
  }

  @Test
  void examplesThatDoNotFitAreRefused() {
    NetworkConfig config = network(9, List.of(8), 3, Loss.SQUARED_ERROR);
    Examples fit = RandomNetworks.examples(config, 4, 28);
    Examples wide = new Examples(4, 10, new float[40], 3, new float[12]);
    Examples target = new Examples(4, 9, new float[36], 1, new float[4]);
    int[] order = {0, 1, 2, 3};
    OptimizerSettings settings = settings(Optimizer.SGD, 0);
    try (Trainer trainer = backend.newTrainer(config, 3, RandomNetworks.state(config, 29), SEED)) {
      for (Examples misfit : List.of(wide, target)) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> trainer.step(misfit, order, 0, 3, settings));
        assertThatIllegalArgumentException().isThrownBy(() -> trainer.evaluate(misfit));
      }
      assertThatIllegalArgumentException().isThrownBy(() -> trainer.predict(wide, new float[12]));
      assertThatIllegalArgumentException().isThrownBy(() -> trainer.predict(fit, new float[11]));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> trainer.step(fit, order, 0, 4, settings));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> trainer.step(fit, order, 0, 0, settings));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> trainer.evaluate(new Examples(0, 9, new float[0], 3, new float[0])));
      // Targets play no part in a prediction.
      trainer.predict(target, new float[12]);
    }
  }

  private static NetworkConfig dropoutNetwork() {
    return new NetworkConfig(
        10,
        List.of(14, 6),
        4,
        Activation.RELU,
        Loss.SOFTMAX_CROSS_ENTROPY,
        true,
        0.9f,
        1e-5f,
        0.25f);
  }

  private static void step(
      Trainer trainer,
      ReferenceNetwork reference,
      Examples examples,
      int[] order,
      int from,
      int batchSize,
      OptimizerSettings settings) {
    ReferenceExamples batch = ReferenceExamples.of(examples, order, from, batchSize);
    double expected =
        reference.step(
            batch.features(),
            batch.targets(),
            ReferenceDropout.mask(reference.config, SEED, reference.step, batchSize),
            settings);
    double loss = trainer.step(examples, order, from, batchSize, settings);
    assertThat(loss).as("loss").isCloseTo(expected, offset(10 * TOLERANCE));
  }

  /** Steps {@code first} to before {@code end}, on mini-batches of 16; the last one's loss. */
  private static double train(
      Trainer trainer, Examples examples, int first, int end, OptimizerSettings settings) {
    int[] order = RandomNetworks.order(examples.count(), 25);
    double loss = 0;
    for (int step = first; step < end; step++) {
      loss = trainer.step(examples, order, step * 16 % examples.count(), 16, settings);
    }
    return loss;
  }

  /** Every tensor that the expected state has; there may be none but moments besides. */
  private static void assertSame(
      NetworkState actual, NetworkState expected, double tolerance, String description) {
    assertThat(actual.step()).isEqualTo(expected.step());
    assertThat(actual.tensors().keySet()).containsAll(expected.tensors().keySet());
    expected
        .tensors()
        .forEach(
            (name, values) -> {
              float[] actualValues = actual.tensor(name, values.length);
              for (int i = 0; i < values.length; i++) {
                double allowed = tolerance * Math.max(1, Math.abs(values[i]));
                assertThat((double) Math.abs(actualValues[i] - values[i]))
                    .as(
                        "%s: %s[%d] is %s, expected %s",
                        description, name, i, actualValues[i], values[i])
                    .isLessThanOrEqualTo(allowed);
              }
            });
  }

  private static NetworkState copy(NetworkState state) {
    Map<String, float[]> tensors = new TreeMap<>();
    state.tensors().forEach((name, values) -> tensors.put(name, values.clone()));
    return new NetworkState(state.step(), tensors);
  }
}
