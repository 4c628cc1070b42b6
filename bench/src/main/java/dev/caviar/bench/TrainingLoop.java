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

/** Mini-batch after mini-batch of made-up examples, around the data again and again. */
final class TrainingLoop implements AutoCloseable {
  private static final int EXAMPLES = 8_192;

  private final Trainer trainer;
  private final Examples examples;
  private final int[] order;
  private final int batchSize;
  private int from;

  private TrainingLoop(Trainer trainer, Examples examples, int batchSize) {
    this.trainer = trainer;
    this.examples = examples;
    this.batchSize = batchSize;
    order = new Random(2).ints(EXAMPLES, 0, EXAMPLES).toArray();
  }

  /**
   * Starts a classifier's training.
   *
   * @param shape units of all layers, the inputs first, for example 64-50-50-10
   */
  static TrainingLoop start(Backend backend, String shape, int batchSize) {
    List<Integer> units = Stream.of(shape.split("-")).map(Integer::valueOf).toList();
    NetworkConfig config =
        NetworkConfig.classifier(
            units.getFirst(), units.subList(1, units.size() - 1), units.getLast(), Activation.RELU);
    Trainer trainer = backend.newTrainer(config, batchSize, Initializer.initialize(config, 1), 1);
    return new TrainingLoop(trainer, examples(config), batchSize);
  }

  private static Examples examples(NetworkConfig config) {
    Random random = new Random(1);
    float[] features = new float[EXAMPLES * config.inputs()];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) random.nextGaussian();
    }
    float[] classes = new float[EXAMPLES];
    for (int i = 0; i < classes.length; i++) {
      classes[i] = random.nextInt(config.outputs());
    }
    return new Examples(EXAMPLES, config.inputs(), features, 1, classes);
  }

  double step(OptimizerSettings settings) {
    double loss = trainer.step(examples, order, from, batchSize, settings);
    from = from + 2 * batchSize > EXAMPLES ? 0 : from + batchSize;
    return loss;
  }

  @Override
  public void close() {
    trainer.close();
  }
}
