package dev.caviar.worker.backend;

import dev.caviar.worker.network.NetworkState;
import dev.caviar.worker.network.OptimizerSettings;

/**
 * One network in training. Belongs to one thread at a time: calls may come from different threads,
 * never two at once. Made by {@link Backend#newTrainer}.
 */
public interface Trainer extends AutoCloseable {
  /**
   * Trains on one mini-batch: forward, backward, and one step of the optimizer.
   *
   * @param order rows of {@code examples}, of which those from {@code from} on make the mini-batch
   * @param batchSize 1 to the trainer's largest; batch norm over a single example is 0, so a batch
   *     of 1 learns little there
   * @return the mean loss over the mini-batch before the step, the L2 term not included; may be NaN
   *     or infinite, which the caller must look for
   */
  double step(Examples examples, int[] order, int from, int batchSize, OptimizerSettings settings);

  /** Loss and error over all {@code examples}, with running statistics and without dropout. */
  Evaluation evaluate(Examples examples);

  /**
   * Outputs for all {@code examples}, as {@link #evaluate} sees them: probabilities of a
   * classifier, values of a regression.
   *
   * @param outputs filled row by row; examples × outputs long, or longer
   */
  void predict(Examples examples, float[] outputs);

  /** A copy of everything that training from here depends on. */
  NetworkState state();

  /** Gives the trainer's memory back. No other call may follow. */
  @Override
  void close();

  /**
   * What an evaluation found.
   *
   * @param loss the mean over the examples
   * @param error classification: the fraction misclassified; regression: the root of the mean
   *     squared error over examples and outputs
   */
  record Evaluation(double loss, double error) {}
}
