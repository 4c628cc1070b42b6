package dev.caviar.worker.backend;

/**
 * Examples in one block of memory, shared by all trials and never written to again.
 *
 * @param count how many there are; may be 0
 * @param width features of each
 * @param features count × width, row-major
 * @param targetWidth numbers in each target: 1 for a classification
 * @param targets count × targetWidth; a classification's is the class, 0, 1, ... (exact, as there
 *     are far fewer than 2²⁴)
 */
public record Examples(int count, int width, float[] features, int targetWidth, float[] targets) {
  public Examples {
    if (features.length != (long) count * width) {
      throw new IllegalArgumentException(
          count + " examples of " + width + " features in an array of " + features.length);
    }
    if (targets.length != (long) count * targetWidth) {
      throw new IllegalArgumentException(
          count + " targets of " + targetWidth + " numbers in an array of " + targets.length);
    }
  }
}
