package dev.caviar.coordinator.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Trials by a value of each, the smallest first and what is not a number last; of equals the lower
 * number comes first. It lies in blocks, so that each question and each change takes about as long
 * as there are blocks: well under ten microseconds among a million. For one thread.
 */
final class Ranking {
  private static final int MOST_IN_BLOCK = 512;

  /** Consecutive ones, at least one. */
  private static final class Block {
    private double[] values;
    private int[] trials;
    private int size;

    Block(double[] values, int[] trials) {
      this.values = values;
      this.trials = trials;
      this.size = trials.length;
    }

    /** How many of the block come before. */
    int before(double value, int trial) {
      int low = 0;
      int high = size;
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (compare(values[middle], trials[middle], value, trial) < 0) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low;
    }

    void add(double value, int trial) {
      if (size == trials.length) {
        values = Arrays.copyOf(values, Math.min(2 * size, MOST_IN_BLOCK));
        trials = Arrays.copyOf(trials, values.length);
      }
      int at = before(value, trial);
      System.arraycopy(values, at, values, at + 1, size - at);
      System.arraycopy(trials, at, trials, at + 1, size - at);
      values[at] = value;
      trials[at] = trial;
      size++;
    }

    boolean remove(double value, int trial) {
      int at = before(value, trial);
      if (at == size || compare(values[at], trials[at], value, trial) != 0) {
        return false;
      }
      size--;
      System.arraycopy(values, at + 1, values, at, size - at);
      System.arraycopy(trials, at + 1, trials, at, size - at);
      return true;
    }

    /** Keeps the first half; the other is a block of its own. */
    Block split() {
      int half = size / 2;
      Block rest =
          new Block(Arrays.copyOfRange(values, half, size), Arrays.copyOfRange(trials, half, size));
      size = half;
      return rest;
    }
  }

  private record Ranked(double value, int trial) {}

  private final List<Block> blocks = new ArrayList<>();
  private int size;

  private static int compare(double value, int trial, double other, int otherTrial) {
    int byValue = Double.compare(value, other);
    return byValue == 0 ? Integer.compare(trial, otherTrial) : byValue;
  }

  /** How many they are. */
  int size() {
    return size;
  }

  /** How many come before such a trial, whether it is one of them or not. */
  int before(double value, int trial) {
    int last = block(value, trial);
    int before = 0;
    for (int i = 0; i < last; i++) {
      before += blocks.get(i).size;
    }
    return blocks.isEmpty() ? 0 : before + blocks.get(last).before(value, trial);
  }

  /** The last block that does not begin after such a trial; the first if all do. */
  private int block(double value, int trial) {
    int low = 0;
    int high = blocks.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      Block block = blocks.get(middle);
      if (compare(block.values[0], block.trials[0], value, trial) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return Math.max(0, low - 1);
  }

  void add(double value, int trial) {
    size++;
    if (blocks.isEmpty()) {
      blocks.add(new Block(new double[] {value}, new int[] {trial}));
      return;
    }
    int at = block(value, trial);
    Block block = blocks.get(at);
    block.add(value, trial);
    if (block.size == MOST_IN_BLOCK) {
      blocks.add(at + 1, block.split());
    }
  }

  /**
   * @throws IllegalStateException if it is none of them
   */
  void remove(double value, int trial) {
    int at = block(value, trial);
    if (blocks.isEmpty() || !blocks.get(at).remove(value, trial)) {
      throw new IllegalStateException("trial %d is not ranked with %s".formatted(trial, value));
    }
    size--;
    if (blocks.get(at).size == 0) {
      blocks.remove(at);
    }
  }

  /** The trial that has so many before it. */
  int trial(int before) {
    return at(before).trial();
  }

  /** The value of that which has so many before it. */
  double value(int before) {
    return at(before).value();
  }

  private Ranked at(int before) {
    int within = before;
    for (Block block : blocks) {
      if (within < block.size) {
        return new Ranked(block.values[within], block.trials[within]);
      }
      within -= block.size;
    }
    throw new IndexOutOfBoundsException(before);
  }
}
