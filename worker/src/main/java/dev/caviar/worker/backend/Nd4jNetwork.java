package dev.caviar.worker.backend;

import dev.caviar.worker.network.NetworkConfig;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** All layers, and the passes over them for mini-batches of a given size. */
final class Nd4jNetwork {
  /** What there is to run, in order, for mini-batches of one size. */
  record Passes(List<Runnable> forward, List<Runnable> backward, List<Runnable> inference) {}

  final INDArray inputs;
  final List<Nd4jHiddenLayer> hiddenLayers = new ArrayList<>();
  final Nd4jOutputLayer outputLayer;

  Nd4jNetwork(
      NetworkConfig config, int maxBatchSize, Nd4jParameters parameters, Nd4jMemory memory) {
    INDArray ones = memory.filled(1, maxBatchSize);
    inputs = memory.zeros(maxBatchSize, config.inputs());
    for (int layer = 0; layer < config.hiddenUnits().size(); layer++) {
      hiddenLayers.add(new Nd4jHiddenLayer(config, layer, maxBatchSize, parameters, ones, memory));
    }
    outputLayer = new Nd4jOutputLayer(config, maxBatchSize, parameters, ones, memory);
  }

  Passes passes(int rows) {
    Passes passes = new Passes(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    INDArray data = Nd4jMemory.matrix(inputs, 0, rows, inputs.columns());

    INDArray trained = data;
    INDArray inferred = data;
    for (Nd4jHiddenLayer layer : hiddenLayers) {
      layer.addForward(trained, passes.forward);
      layer.addInference(inferred, passes.inference);
      trained = layer.trainingOutput(rows);
      inferred = layer.inferenceOutput(rows);
    }
    outputLayer.addForward(trained, passes.forward);
    outputLayer.addForward(inferred, passes.inference);

    int last = hiddenLayers.size();
    outputLayer.addBackward(input(last, data), inputGradient(last, rows), passes.backward);
    for (int layer = last - 1; layer >= 0; layer--) {
      hiddenLayers
          .get(layer)
          .addBackward(input(layer, data), inputGradient(layer, rows), passes.backward);
    }
    return passes;
  }

  private INDArray input(int layer, INDArray data) {
    return layer == 0 ? data : hiddenLayers.get(layer - 1).trainingOutput(data.rows());
  }

  private @Nullable INDArray inputGradient(int layer, int rows) {
    return layer == 0 ? null : hiddenLayers.get(layer - 1).gradient(rows);
  }
}
