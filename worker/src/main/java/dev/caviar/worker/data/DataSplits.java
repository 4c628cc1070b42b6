package dev.caviar.worker.data;

import dev.caviar.proto.v1.DataSource;
import dev.caviar.proto.v1.Task;
import dev.caviar.worker.backend.Examples;

/**
 * A data set divided, its inputs normalised by the training examples' statistics if asked for.
 * Shared by all trials on it.
 *
 * @param dataset where the examples came from; kept for its names and hash, not for its examples
 * @param dev never empty
 * @param test may be empty
 */
public record DataSplits(
    Dataset dataset, Examples train, Examples dev, Examples test, Normalization normalization) {

  /**
   * Divides {@code dataset} as {@code source} says: a classification by its classes, so that each
   * part has about the same share of each, and a regression at random. The same data, fractions and
   * seed always give the same parts, in which examples keep the order of the data set. Every class
   * is in train; a class with a single example is nowhere else.
   *
   * <p>Where the data set brings its own test set, that is the test part and dev is taken from the
   * rest.
   *
   * <p>The result's {@link #dataset} has no examples left, so that those of {@code dataset} can be
   * garbage.
   *
   * @throws DataException if the fractions are out of range or there are too few examples
   */
  public static DataSplits of(Dataset dataset, DataSource source) {
    double devFraction = source.getDevFraction();
    double testFraction = source.getTestFraction();
    checkFractions(devFraction, testFraction, dataset.test() != null);
    Examples all = dataset.examples();
    SplitRows rows =
        SplitRows.of(
            groups(dataset),
            Math.max(1, dataset.classNames().size()),
            devFraction,
            testFraction,
            source.getSplitSeed());

    Examples train = select(all, rows.train());
    Examples dev = select(all, rows.dev());
    Examples selectedTest = select(all, rows.test());
    Normalization normalization =
        source.getNormalize() ? Normalization.fit(train) : Normalization.none();
    // In place, these three being copies already: a data set may be a third of the memory.
    normalization.applyInPlace(train.features(), train.count());
    normalization.applyInPlace(dev.features(), dev.count());
    normalization.applyInPlace(selectedTest.features(), selectedTest.count());
    Examples ownTest = dataset.test();
    return new DataSplits(
        dataset.withoutExamples(),
        train,
        dev,
        ownTest == null ? selectedTest : normalization.apply(ownTest),
        normalization);
  }

  private static void checkFractions(double dev, double test, boolean ownTest) {
    if (!(dev > 0 && dev < 1)) {
      throw new DataException(
          "data source: dev fraction is %s; it must be above 0 and below 1, as trials are compared"
                  .formatted(dev)
              + " on dev");
    }
    if (!(test >= 0 && test < 1)) {
      throw new DataException(
          "data source: test fraction is %s; it must be 0 or more and below 1".formatted(test));
    }
    if (ownTest && test > 0) {
      throw new DataException(
          "data source: test fraction is %s; it must be 0, as the data has its own test examples"
              .formatted(test));
    }
    if (dev + test >= 1) {
      throw new DataException(
          "data source: dev fraction %s and test fraction %s leave nothing to train on; together"
                  .formatted(dev, test)
              + " they must be below 1");
    }
  }

  private static int[] groups(Dataset dataset) {
    Examples examples = dataset.examples();
    int[] groups = new int[examples.count()];
    if (dataset.task() == Task.CLASSIFICATION) {
      for (int row = 0; row < groups.length; row++) {
        groups[row] = (int) examples.targets()[row];
      }
    }
    return groups;
  }

  private static Examples select(Examples from, int[] rows) {
    int width = from.width();
    int targetWidth = from.targetWidth();
    float[] features = new float[rows.length * width];
    float[] targets = new float[rows.length * targetWidth];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(from.features(), rows[i] * width, features, i * width, width);
      System.arraycopy(
          from.targets(), rows[i] * targetWidth, targets, i * targetWidth, targetWidth);
    }
    return new Examples(rows.length, width, features, targetWidth, targets);
  }
}
