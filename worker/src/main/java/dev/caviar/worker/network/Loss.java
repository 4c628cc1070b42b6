package dev.caviar.worker.network;

/** What training minimises, as a mean over examples. */
public enum Loss {
  /** −log of the probability that softmax gives the true class. */
  SOFTMAX_CROSS_ENTROPY,
  /** (output − target)², averaged over the outputs. */
  SQUARED_ERROR
}
