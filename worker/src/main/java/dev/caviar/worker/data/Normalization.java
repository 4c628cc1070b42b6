package dev.caviar.worker.data;

/**
 * Shifts and scales each input: (x − mean) / deviation. Fitted on training examples only, and then
 * applied to dev, test and whatever is predicted later.
 *
 * @param mean one for each feature; empty: inputs stay as they are
 * @param deviation likewise; the standard deviation, or 1 for a feature that never varies
 */
public record Normalization(float[] mean, float[] deviation) {}
