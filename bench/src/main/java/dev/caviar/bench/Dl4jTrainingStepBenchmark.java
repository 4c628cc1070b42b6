package dev.caviar.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.NullUnmarked;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The step of {@link TrainingStepBenchmark} in DL4J's MultiLayerNetwork: the same layers, ReLU,
 * Adam, one thread. Its mini-batches lie ready in native memory, where Caviar gathers each from the
 * data by index. {@code bench/dl4j-step.sh} runs both.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 10, time = 1)
@Fork(1)
@NullUnmarked // JMH fills the fields before it runs a benchmark.
public class Dl4jTrainingStepBenchmark {
  private static final int MINI_BATCHES = 8;

  /** Units of all layers, the inputs first. */
  @Param({"784-256-128-10", "64-50-50-10"})
  public String shape;

  @Param({"64", "256"})
  public int batchSize;

  private final List<INDArray> features = new ArrayList<>();
  private final List<INDArray> targets = new ArrayList<>();
  private MultiLayerNetwork network;
  private int next;

  @Setup
  public void start() {
    Nd4j.getEnvironment().setMaxMasterThreads(1);
    Nd4j.getEnvironment().setMaxThreads(1);
    List<Integer> units = Stream.of(shape.split("-", -1)).map(Integer::valueOf).toList();
    network = new MultiLayerNetwork(configuration(units));
    network.init();
    Random random = new Random(1);
    for (int batch = 0; batch < MINI_BATCHES; batch++) {
      INDArray x = Nd4j.create(batchSize, units.getFirst());
      INDArray y = Nd4j.create(batchSize, units.getLast());
      for (int row = 0; row < batchSize; row++) {
        for (int column = 0; column < units.getFirst(); column++) {
          x.putScalar(row, column, random.nextGaussian());
        }
        y.putScalar(row, random.nextInt(units.getLast()), 1);
      }
      features.add(x);
      targets.add(y);
    }
  }

  @TearDown
  public void stop() {
    network.close();
  }

  @Benchmark
  public double fit() {
    network.fit(features.get(next), targets.get(next));
    next = (next + 1) % MINI_BATCHES;
    double loss = network.score();
    if (!Double.isFinite(loss)) {
      throw new IllegalStateException("the loss is " + loss);
    }
    return loss;
  }

  private static MultiLayerConfiguration configuration(List<Integer> units) {
    NeuralNetConfiguration.ListBuilder layers =
        new NeuralNetConfiguration.Builder().seed(1).updater(new Adam(1e-3)).list();
    for (int i = 1; i < units.size() - 1; i++) {
      // Batch norm's shift takes the place of the bias.
      layers.layer(
          new DenseLayer.Builder()
              .nIn(units.get(i - 1))
              .nOut(units.get(i))
              .hasBias(false)
              .activation(new ActivationIdentity())
              .build());
      layers.layer(
          new BatchNormalization.Builder()
              .nIn(units.get(i))
              .nOut(units.get(i))
              .activation(new ActivationReLU())
              .build());
    }
    layers.layer(
        new OutputLayer.Builder(new LossMCXENT())
            .nIn(units.get(units.size() - 2))
            .nOut(units.getLast())
            .activation(new ActivationSoftmax())
            .build());
    return layers.build();
  }
}
