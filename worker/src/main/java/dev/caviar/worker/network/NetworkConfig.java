package dev.caviar.worker.network;

import java.util.List;

/**
 * The shape of a network: hidden layers of dense → batch norm → activation (→ dropout), then a
 * dense output layer with a bias and no batch norm.
 *
 * @param inputs features of an example, at least 1
 * @param hiddenUnits units of each hidden layer, the one next to the inputs first; may be empty,
 *     which is softmax or linear regression
 * @param outputs classes, or target columns of a regression; at least 1
 * @param batchNorm whether hidden layers are normalised; where they are they have γ and β and no
 *     bias, where not a bias
 * @param batchNormMomentum share that the running mean and variance keep at each step, 0..1:
 *     running ← momentum·running + (1−momentum)·batch
 * @param batchNormEpsilon added to the variance, above 0
 * @param dropout the fraction of hidden activations set to zero in training, 0 ≤ p &lt; 1; the
 *     others are scaled by 1/(1−p)
 */
public record NetworkConfig(
    int inputs,
    List<Integer> hiddenUnits,
    int outputs,
    Activation activation,
    Loss loss,
    boolean batchNorm,
    float batchNormMomentum,
    float batchNormEpsilon,
    float dropout) {

  public static final float DEFAULT_BATCH_NORM_MOMENTUM = 0.9f;
  public static final float DEFAULT_BATCH_NORM_EPSILON = 1e-5f;

  public NetworkConfig {
    hiddenUnits = List.copyOf(hiddenUnits);
    require(inputs >= 1, "inputs must be at least 1: " + inputs);
    require(outputs >= 1, "outputs must be at least 1: " + outputs);
    hiddenUnits.forEach(units -> require(units >= 1, "hidden units must be at least 1: " + units));
    require(
        batchNormMomentum >= 0 && batchNormMomentum <= 1,
        "batch-norm momentum must be in 0..1: " + batchNormMomentum);
    require(batchNormEpsilon > 0, "batch-norm epsilon must be above 0: " + batchNormEpsilon);
    require(dropout >= 0 && dropout < 1, "dropout must be in 0..1, 1 excluded: " + dropout);
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }

  /** A batch-norm classifier with the default batch-norm constants and no dropout. */
  public static NetworkConfig classifier(
      int inputs, List<Integer> hiddenUnits, int classes, Activation activation) {
    return new NetworkConfig(
        inputs,
        hiddenUnits,
        classes,
        activation,
        Loss.SOFTMAX_CROSS_ENTROPY,
        true,
        DEFAULT_BATCH_NORM_MOMENTUM,
        DEFAULT_BATCH_NORM_EPSILON,
        0f);
  }

  /** Dense layers: the hidden ones and the output layer. */
  public int layers() {
    return hiddenUnits.size() + 1;
  }

  /** Inputs of dense layer {@code layer}, 0 being the first hidden one. */
  public int fanIn(int layer) {
    return layer == 0 ? inputs : hiddenUnits.get(layer - 1);
  }

  /** Units of dense layer {@code layer}; those of the last are the outputs. */
  public int fanOut(int layer) {
    return layer == hiddenUnits.size() ? outputs : hiddenUnits.get(layer);
  }

  /**
   * Whether an epoch is over where so many of its examples are left after a mini-batch: none, or
   * with batch norm a single one. Batch norm knows nothing of the variance of a single example, so
   * that one is left out; which one it is changes with each epoch's order.
   *
   * @param batchSize of the mini-batches; where it is 1, each example is one of its own
   */
  public boolean leavesOut(int rest, int batchSize) {
    return rest == 0 || (rest == 1 && batchNorm && batchSize > 1);
  }

  /** The same network, trained without dropout. */
  public NetworkConfig withoutDropout() {
    return new NetworkConfig(
        inputs,
        hiddenUnits,
        outputs,
        activation,
        loss,
        batchNorm,
        batchNormMomentum,
        batchNormEpsilon,
        0f);
  }

  /**
   * Numbers that training finds: all weights, the biases, and γ and β of each normalised unit.
   * Running means and variances are none.
   */
  public long parameters() {
    long parameters = 0;
    for (int layer = 0; layer < layers(); layer++) {
      long weights = (long) fanIn(layer) * fanOut(layer);
      parameters += weights + (normalized(layer) ? 2L : 1L) * fanOut(layer);
    }
    return parameters;
  }

  /** Whether dense layer {@code layer} is followed by batch norm. */
  public boolean normalized(int layer) {
    return batchNorm && layer < hiddenUnits.size();
  }
}
