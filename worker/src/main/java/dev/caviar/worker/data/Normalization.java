package dev.caviar.worker.data;

import dev.caviar.worker.backend.Examples;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Shifts and scales each input: (x − mean) / deviation. Fitted on training examples only, and then
 * applied to dev, test and whatever is predicted later.
 *
 * @param mean one for each feature; empty: inputs stay as they are
 * @param deviation likewise; the standard deviation, or 1 for a feature that never varies
 */
public record Normalization(float[] mean, float[] deviation) {
  private static final Normalization NONE = new Normalization(new float[0], new float[0]);

  public Normalization {
    if (mean.length != deviation.length) {
      throw new IllegalArgumentException(
          mean.length + " means and " + deviation.length + " deviations");
    }
    for (int i = 0; i < mean.length; i++) {
      if (!Float.isFinite(mean[i]) || !Float.isFinite(deviation[i]) || deviation[i] <= 0) {
        throw new IllegalArgumentException(
            "feature %d: mean %s and deviation %s; they must be finite, the deviation above 0"
                .formatted(i, mean[i], deviation[i]));
      }
    }
  }

  /** Leaves inputs as they are. */
  public static Normalization none() {
    return NONE;
  }

  /**
   * The mean and the standard deviation (of all examples: divided by their count) of each feature,
   * summed in double precision.
   *
   * @param training at least one
   */
  public static Normalization fit(Examples training) {
    int width = training.width();
    float[] features = training.features();
    double[] sum = new double[width];
    boolean[] varies = new boolean[width];
    for (int row = 0, at = 0; row < training.count(); row++) {
      for (int i = 0; i < width; i++, at++) {
        sum[i] += features[at];
        varies[i] |= features[at] != features[i];
      }
    }
    float[] mean = new float[width];
    double[] center = sum;
    for (int i = 0; i < width; i++) {
      center[i] = sum[i] / training.count();
      mean[i] = (float) center[i];
    }
    // A second pass, as a mean of squares less the mean's square loses all digits of a small
    // variance around a large mean.
    double[] squares = new double[width];
    for (int row = 0, at = 0; row < training.count(); row++) {
      for (int i = 0; i < width; i++, at++) {
        double distance = features[at] - center[i];
        squares[i] += distance * distance;
      }
    }
    float[] deviation = new float[width];
    for (int i = 0; i < width; i++) {
      float root = (float) Math.sqrt(squares[i] / training.count());
      // Compared by value: rounding alone can give a constant a tiny deviation above 0, and then
      // the first other value ever seen would be billions of deviations away.
      deviation[i] = varies[i] && root > 0 ? root : 1;
    }
    return new Normalization(mean, deviation);
  }

  /** Whether inputs stay as they are. */
  public boolean isNone() {
    return mean.length == 0;
  }

  /**
   * A normalised copy; the same examples if inputs stay as they are.
   *
   * @throws IllegalArgumentException if the examples have another number of features
   */
  public Examples apply(Examples examples) {
    if (isNone()) {
      return examples;
    }
    float[] features = examples.features().clone();
    applyInPlace(features, examples.count());
    return new Examples(
        examples.count(), examples.width(), features, examples.targetWidth(), examples.targets());
  }

  /**
   * Normalises where the features stand.
   *
   * @param features at least count × features, row-major
   * @throws IllegalArgumentException if there are not as many
   */
  public void applyInPlace(float[] features, int count) {
    if (isNone()) {
      return;
    }
    requireRows(features, count);
    for (int row = 0, at = 0; row < count; row++) {
      for (int i = 0; i < mean.length; i++, at++) {
        // In double precision: the distance of two floats need not be one.
        features[at] = (float) (((double) features[at] - mean[i]) / deviation[i]);
      }
    }
  }

  /**
   * Makes normalised features what they were in the data, but for rounding.
   *
   * @param features at least count × features, row-major
   * @throws IllegalArgumentException if there are not as many
   */
  public void undoInPlace(float[] features, int count) {
    if (isNone()) {
      return;
    }
    requireRows(features, count);
    for (int row = 0, at = 0; row < count; row++) {
      for (int i = 0; i < mean.length; i++, at++) {
        features[at] = (float) ((double) features[at] * deviation[i] + mean[i]);
      }
    }
  }

  private void requireRows(float[] features, int count) {
    if ((long) count * mean.length > features.length) {
      throw new IllegalArgumentException(
          "%d rows of %d features in an array of %d"
              .formatted(count, mean.length, features.length));
    }
  }

  /** As messages and files keep it. */
  public dev.caviar.proto.v1.Normalization toProto() {
    var proto = dev.caviar.proto.v1.Normalization.newBuilder();
    for (int i = 0; i < mean.length; i++) {
      proto.addMean(mean[i]).addDeviation(deviation[i]);
    }
    return proto.build();
  }

  /**
   * From a message or file.
   *
   * @throws IllegalArgumentException if it is no normalisation
   */
  public static Normalization of(dev.caviar.proto.v1.Normalization proto) {
    float[] mean = new float[proto.getMeanCount()];
    float[] deviation = new float[proto.getDeviationCount()];
    for (int i = 0; i < mean.length; i++) {
      mean[i] = proto.getMean(i);
    }
    for (int i = 0; i < deviation.length; i++) {
      deviation[i] = proto.getDeviation(i);
    }
    return new Normalization(mean, deviation);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Normalization that
        && Arrays.equals(mean, that.mean)
        && Arrays.equals(deviation, that.deviation);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(mean) + Arrays.hashCode(deviation);
  }
}
