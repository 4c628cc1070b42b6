package dev.caviar.bench;

import dev.caviar.worker.backend.Backend;
import dev.caviar.worker.backend.Examples;
import dev.caviar.worker.backend.Trainer;
import dev.caviar.worker.network.Activation;
import dev.caviar.worker.network.Initializer;
import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.OptimizerSettings;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Mini-batch after mini-batch of made-up examples, around the data again and again; or all of
 * {@link #EVALUATED} examples evaluated.
 */
final class TrainingLoop implements AutoCloseable {
  /** Examples of one evaluation. */
  static final int EVALUATED = 10_000;

  private static final int EXAMPLES = 8_192;

  private final Trainer trainer;
  private final Examples examples;
  private final Examples evaluated;
  private final int[] order;
  private final int batchSize;
  private int from;

  private TrainingLoop(Trainer trainer, NetworkConfig config, int batchSize) {
    this.trainer = trainer;
    this.batchSize = batchSize;
    examples = examples(config, EXAMPLES);
    evaluated = examples(config, EVALUATED);
    order = new Random(2).ints(EXAMPLES, 0, EXAMPLES).toArray();
  }

  /** Starts a classifier's training. */
  static TrainingLoop start(Backend backend, NetworkConfig config, int batchSize) {
    Trainer trainer = backend.newTrainer(config, batchSize, Initializer.initialize(config, 1), 1);
    return new TrainingLoop(trainer, config, batchSize);
  }

  /**
   * A batch-norm classifier.
   *
   * @param shape units of all layers, the inputs first, for example 64-50-50-10
   */
  static NetworkConfig classifier(String shape, Activation activation) {
    List<Integer> units = Stream.of(shape.split("-")).map(Integer::valueOf).toList();
    return NetworkConfig.classifier(
        units.getFirst(), units.subList(1, units.size() - 1), units.getLast(), activation);
  }

  private static Examples examples(NetworkConfig config, int count) {
    Random random = new Random(1);
    float[] features = new float[count * config.inputs()];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) random.nextGaussian();
    }
    float[] classes = new float[count];
    for (int i = 0; i < classes.length; i++) {
      classes[i] = random.nextInt(config.outputs());
    }
    return new Examples(count, config.inputs(), features, 1, classes);
  }

  double step(OptimizerSettings settings) {
    double loss = trainer.step(examples, order, from, batchSize, settings);
    from = from + 2 * batchSize > EXAMPLES ? 0 : from + batchSize;
    return loss;
  }

  Trainer.Evaluation evaluate() {
    return trainer.evaluate(evaluated);
  }

  @Override
  public void close() {
    trainer.close();
  }
}
