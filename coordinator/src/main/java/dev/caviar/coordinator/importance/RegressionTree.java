package dev.caviar.coordinator.importance;

import dev.caviar.coordinator.importance.Axis.Piece;
import dev.caviar.coordinator.importance.BoxFunction.Box;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.rng.core.source64.Philox4x64;
import org.jspecify.annotations.Nullable;

/**
 * A regression tree over the unit hypercube (Breiman, Friedman, Olshen and Stone, "Classification
 * and Regression Trees", 1984): each split is the one that leaves the least sum of squares, down to
 * leaves of equal objectives. A range is split at a number, choices into two sets, which are found
 * by putting the choices in the order of their mean objectives (Fisher, "On grouping for maximum
 * homogeneity", 1958).
 *
 * <p>Of equally good splits one is drawn by the dimension's name, not by its place, so that the
 * order of a sweep file's parameters changes nothing. In small nodes such ties are the rule: any
 * dimension parts two trials.
 */
final class RegressionTree {
  /** Nodes further from the root are not split. */
  static final int DEEPEST = 64;

  /**
   * By how much one split must be better than another, of what it explains, not to be its equal.
   */
  private static final double TIE = 1e-12;

  /** A node. */
  sealed interface Node {
    /** The mean objective of its trials. */
    record Leaf(double value) implements Node {}

    /** Those below the threshold go left. */
    record Below(int dimension, double threshold, Node left, Node right) implements Node {}

    /** Those with one of the choices go left. */
    record Among(int dimension, BitSet choices, Node left, Node right) implements Node {}
  }

  private final List<Axis> axes;
  private final Node root;

  RegressionTree(List<Axis> axes, Node root) {
    this.axes = List.copyOf(axes);
    this.root = root;
  }

  /**
   * Grows a tree.
   *
   * @param units where the trials lie, by trial and dimension
   * @param objectives of the trials
   * @param rows the trials it is grown from, some perhaps more than once
   * @param seed draws among equally good splits
   */
  static RegressionTree grow(
      List<Axis> axes, double[][] units, double[] objectives, int[] rows, long seed) {
    return new RegressionTree(axes, new Growth(axes, units, objectives, seed).grow(rows, 0));
  }

  /** The leaf's value at a place. */
  double predict(double[] units) {
    Node node = root;
    while (true) {
      switch (node) {
        case Node.Leaf leaf -> {
          return leaf.value();
        }
        case Node.Below below ->
            node = units[below.dimension()] < below.threshold() ? below.left() : below.right();
        case Node.Among among ->
            node =
                among.choices().get(choice(axes, among.dimension(), units))
                    ? among.left()
                    : among.right();
      }
    }
  }

  private static int choice(List<Axis> axes, int dimension, double[] units) {
    return ((Axis.Choices) axes.get(dimension)).choice(units[dimension]);
  }

  /** The tree as a function: a box for each leaf, or several where its choices lie apart. */
  BoxFunction function() {
    List<Box> boxes = new ArrayList<>();
    List<List<Piece>> everywhere = axes.stream().map(axis -> List.of(Piece.WHOLE)).toList();
    List<BitSet> all = new ArrayList<>();
    for (Axis axis : axes) {
      BitSet choices = new BitSet();
      if (axis instanceof Axis.Choices c) {
        choices.set(0, c.choices().size());
      }
      all.add(choices);
    }
    collect(root, everywhere, all, boxes);
    return new BoxFunction(boxes, axes.size());
  }

  private void collect(Node node, List<List<Piece>> sides, List<BitSet> choices, List<Box> into) {
    switch (node) {
      case Node.Leaf(double value) -> {
        int d = axes.size();
        addBoxes(value, sides, 0, new double[d], new double[d], into);
      }
      case Node.Below(int i, double threshold, Node left, Node right) -> {
        Piece side = sides.get(i).getFirst();
        collect(left, with(sides, i, List.of(new Piece(side.low(), threshold))), choices, into);
        collect(right, with(sides, i, List.of(new Piece(threshold, side.high()))), choices, into);
      }
      case Node.Among(int i, BitSet set, Node left, Node right) -> {
        Axis.Choices axis = (Axis.Choices) axes.get(i);
        BitSet inside = (BitSet) choices.get(i).clone();
        inside.and(set);
        BitSet outside = (BitSet) choices.get(i).clone();
        outside.andNot(set);
        collect(left, with(sides, i, axis.pieces(inside)), with(choices, i, inside), into);
        collect(right, with(sides, i, axis.pieces(outside)), with(choices, i, outside), into);
      }
    }
  }

  private static <T> List<T> with(List<T> list, int i, T element) {
    List<T> copy = new ArrayList<>(list);
    copy.set(i, element);
    return copy;
  }

  private static void addBoxes(
      double value, List<List<Piece>> sides, int i, double[] low, double[] high, List<Box> into) {
    if (i == sides.size()) {
      into.add(new Box(value, low.clone(), high.clone()));
      return;
    }
    for (Piece piece : sides.get(i)) {
      if (piece.length() <= 0) {
        // Between two neighbouring doubles there is nothing to have a part of.
        continue;
      }
      low[i] = piece.low();
      high[i] = piece.high();
      addBoxes(value, sides, i + 1, low, high, into);
    }
  }

  /**
   * A way to part the rows of a node.
   *
   * @param order of the rows by which they are parted
   * @param left how many of them go left
   * @param explained of the sum of squares
   */
  private record Split(int dimension, int[] order, int left, double explained) {}

  /** What growing needs at each node. */
  private static final class Growth {
    private final List<Axis> axes;
    private final double[][] units;
    private final double[] objectives;
    private final long seed;
    private long nodes;

    Growth(List<Axis> axes, double[][] units, double[] objectives, long seed) {
      this.axes = axes;
      this.units = units;
      this.objectives = objectives;
      this.seed = seed;
    }

    Node grow(int[] rows, int depth) {
      long node = nodes++;
      double mean = IntStream.of(rows).mapToDouble(row -> objectives[row]).sum() / rows.length;
      boolean alike = IntStream.of(rows).allMatch(row -> objectives[row] == objectives[rows[0]]);
      Split split = alike || depth == DEEPEST ? null : best(rows, mean, node);
      if (split == null) {
        return new Node.Leaf(alike ? objectives[rows[0]] : mean);
      }
      int[] leftRows = IntStream.of(split.order()).limit(split.left()).toArray();
      int[] rightRows = IntStream.of(split.order()).skip(split.left()).toArray();
      int i = split.dimension();
      if (axes.get(i) instanceof Axis.Choices) {
        BitSet choices = new BitSet();
        IntStream.of(leftRows).forEach(row -> choices.set(choice(axes, i, units[row])));
        return new Node.Among(i, choices, grow(leftRows, depth + 1), grow(rightRows, depth + 1));
      }
      double threshold =
          axes.get(i).between(units[leftRows[leftRows.length - 1]][i], units[rightRows[0]][i]);
      return new Node.Below(i, threshold, grow(leftRows, depth + 1), grow(rightRows, depth + 1));
    }

    private @Nullable Split best(int[] rows, double mean, long node) {
      List<Split> splits = new ArrayList<>();
      double most = 0;
      for (int i = 0; i < axes.size(); i++) {
        Split split = best(rows, mean, i);
        if (split != null) {
          splits.add(split);
          most = Math.max(most, split.explained());
        }
      }
      double least = most * (1 - TIE);
      return splits.stream()
          .filter(split -> split.explained() >= least)
          .min(Comparator.comparingLong(split -> lot(node, axes.get(split.dimension()).name())))
          .orElse(null);
    }

    private long lot(long node, String name) {
      return new Philox4x64(new long[] {seed, Forest.TIES, node, name.hashCode(), 0, 0}).nextLong();
    }

    /** The best split on one dimension; null where all rows lie at the same place. */
    private @Nullable Split best(int[] rows, double mean, int i) {
      double[] keys = keys(rows, mean, i);
      int[] order =
          IntStream.range(0, rows.length)
              .boxed()
              .sorted(
                  Comparator.<Integer>comparingDouble(k -> keys[k])
                      .thenComparingDouble(k -> units[rows[k]][i])
                      .thenComparingInt(k -> rows[k]))
              .mapToInt(Integer::intValue)
              .toArray();
      double total = 0;
      for (int row : rows) {
        total += objectives[row] - mean;
      }
      int n = rows.length;
      int left = 0;
      double most = -1;
      double sum = 0;
      for (int k = 1; k < n; k++) {
        sum += objectives[rows[order[k - 1]]] - mean;
        boolean parts = units[rows[order[k - 1]]][i] != units[rows[order[k]]][i];
        double explained = sum * sum / k + (total - sum) * (total - sum) / (n - k);
        if (parts && explained > most) {
          most = explained;
          left = k;
        }
      }
      return left == 0
          ? null
          : new Split(i, IntStream.of(order).map(k -> rows[k]).toArray(), left, most);
    }

    /** By what the rows are put in order: numbers by their place, choices by their means. */
    private double[] keys(int[] rows, double mean, int i) {
      double[] keys = new double[rows.length];
      if (!(axes.get(i) instanceof Axis.Choices c)) {
        for (int k = 0; k < rows.length; k++) {
          keys[k] = units[rows[k]][i];
        }
        return keys;
      }
      double[] sums = new double[c.choices().size()];
      int[] counts = new int[sums.length];
      for (int row : rows) {
        int choice = c.choice(units[row][i]);
        sums[choice] += objectives[row] - mean;
        counts[choice]++;
      }
      for (int k = 0; k < rows.length; k++) {
        int choice = c.choice(units[rows[k]][i]);
        keys[k] = sums[choice] / counts[choice];
      }
      return keys;
    }
  }
}
