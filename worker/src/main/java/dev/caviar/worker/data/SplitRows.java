package dev.caviar.worker.data;

import dev.caviar.worker.network.RandomStreams;
import dev.caviar.worker.network.RandomStreams.Purpose;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.apache.commons.rng.UniformRandomProvider;

/**
 * Which rows train, which choose and which judge. Each in the order of the data set.
 *
 * <p>Stratified: each class gives its share to dev and test, to within one example, and the totals
 * are the fractions of all examples, rounded; the examples that rounding leaves over go to the
 * classes that are furthest from their share (largest remainders). Each class keeps at least one
 * example in train, as a network cannot learn a class that it never sees; of a class with only one
 * example nothing is held out. Dev leaves one example to a test part that is asked for, even where
 * its share would be all that can be held out.
 */
record SplitRows(int[] train, int[] dev, int[] test) {
  /**
   * @param groups the class of each row, 0 and up; all 0: divided without regard to classes
   * @param count of the classes
   * @param devFraction above 0
   * @param testFraction 0 or more; with devFraction below 1
   * @throws DataException if there are too few examples
   */
  static SplitRows of(int[] groups, int count, double devFraction, double testFraction, long seed) {
    int[][] rows = shuffledRows(groups, count, seed);
    int[] held = new int[count];
    // Ties between remainders fall by lot, or the first classes would always win them.
    int[] lot = IntStream.range(0, count).toArray();
    shuffle(lot, RandomStreams.stream(seed, Purpose.SPLIT, count));

    int[] dev = new int[count];
    int[] test = new int[count];
    for (int group = 0; group < count; group++) {
      dev[group] = (int) (devFraction * rows[group].length);
      test[group] = (int) (testFraction * rows[group].length);
      held[group] = dev[group] + test[group];
    }
    int keptForTest = testFraction > 0 && IntStream.of(test).sum() == 0 ? 1 : 0;
    giveRemainders(dev, held, rows, devFraction, keptForTest, lot, "dev");
    giveRemainders(test, held, rows, testFraction, 0, lot, "test");
    return divide(rows, groups.length, dev, test);
  }

  private static int[][] shuffledRows(int[] groups, int count, long seed) {
    int[] sizes = new int[count];
    for (int group : groups) {
      sizes[group]++;
    }
    int[][] rows = new int[count][];
    Arrays.setAll(rows, group -> new int[sizes[group]]);
    int[] filled = new int[count];
    for (int row = 0; row < groups.length; row++) {
      rows[groups[row]][filled[groups[row]]++] = row;
    }
    for (int group = 0; group < count; group++) {
      shuffle(rows[group], RandomStreams.stream(seed, Purpose.SPLIT, group));
    }
    return rows;
  }

  private static void giveRemainders(
      int[] part, int[] held, int[][] rows, double fraction, int kept, int[] lot, String name) {
    if (fraction == 0) {
      return;
    }
    int examples = 0;
    int free = -kept;
    for (int group = 0; group < rows.length; group++) {
      examples += rows[group].length;
      free += Math.max(0, rows[group].length - 1 - held[group]);
    }
    int given = IntStream.of(part).sum();
    long share = Math.max(1, Math.round(fraction * examples));
    long left = Math.max(given == 0 ? 1 : 0, Math.min(free, share - given));
    int[] byRemainder =
        Arrays.stream(lot)
            .boxed()
            .sorted(
                Comparator.comparingDouble(group -> part[group] - fraction * rows[group].length))
            .mapToInt(Integer::intValue)
            .toArray();
    for (int group : byRemainder) {
      if (left > 0 && held[group] < rows[group].length - 1) {
        part[group]++;
        held[group]++;
        left--;
      }
    }
    if (IntStream.of(part).sum() == 0) {
      throw new DataException(
          "too few examples: %d in %d %s leave none for %s when each class keeps one to train on"
              .formatted(examples, rows.length, rows.length == 1 ? "group" : "classes", name));
    }
  }

  private static SplitRows divide(int[][] rows, int examples, int[] dev, int[] test) {
    byte[] part = new byte[examples];
    for (int group = 0; group < rows.length; group++) {
      for (int i = 0; i < dev[group] + test[group]; i++) {
        part[rows[group][i]] = (byte) (i < dev[group] ? 1 : 2);
      }
    }
    return new SplitRows(rowsOf(part, 0), rowsOf(part, 1), rowsOf(part, 2));
  }

  private static int[] rowsOf(byte[] part, int wanted) {
    return IntStream.range(0, part.length).filter(row -> part[row] == wanted).toArray();
  }

  private static void shuffle(int[] values, UniformRandomProvider random) {
    for (int i = values.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swap = values[i];
      values[i] = values[j];
      values[j] = swap;
    }
  }
}
