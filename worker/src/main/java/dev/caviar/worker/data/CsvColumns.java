package dev.caviar.worker.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What becomes of each column of a CSV file.
 *
 * @param destination for each column the feature it is, 0 and up, or {@link #LABEL}, or {@link
 *     #IGNORED}
 * @param features how many features there are
 * @param names of all columns; empty without a header
 */
record CsvColumns(int[] destination, int features, List<String> names) {
  static final int LABEL = -1;
  static final int IGNORED = -2;

  /** Decides once the first line is known. */
  interface Choice {
    /**
     * What becomes of the columns of this file.
     *
     * @param names of the columns, empty without a header
     * @param count of the columns
     * @throws IllegalArgumentException with a sentence about the file if its columns do not do
     */
    CsvColumns choose(List<String> names, int count);
  }

  /**
   * One label column and features beside it.
   *
   * @param label its name, or its number from 0; empty: the last
   */
  static CsvColumns forTraining(List<String> names, int count, String label) {
    int labelColumn = label.isEmpty() ? count - 1 : find(label, names, count);
    if (count < 2) {
      throw new IllegalArgumentException(
          "has one column; it needs a label and at least one feature beside it, or another"
              + " delimiter");
    }
    int[] destination = new int[count];
    Arrays.setAll(destination, i -> i < labelColumn ? i : i - 1);
    destination[labelColumn] = LABEL;
    return new CsvColumns(destination, count - 1, names);
  }

  /** The column of that name or, failing that, of that number. */
  static int find(String label, List<String> names, int count) {
    int named = names.indexOf(label);
    if (named >= 0) {
      return named;
    }
    if (label.matches("-?\\d{1,18}")) {
      long number = Long.parseLong(label);
      if (number >= 0 && number < count) {
        return (int) number;
      }
      throw new IllegalArgumentException(
          "has no column %s; its %d columns are numbered from 0 to %d"
              .formatted(label, count, count - 1));
    }
    if (names.isEmpty()) {
      throw new IllegalArgumentException(
          "has no column '%s' as it has no header; name the label column by its number, 0 to %d, or"
                  .formatted(label, count - 1)
              + " say header: true");
    }
    throw new IllegalArgumentException(
        "has no column '%s'%s".formatted(label, NearestName.hint(label, names)));
  }

  /** {@code column 'age'}, or by its number where it has no name. */
  String describe(int column) {
    return names.isEmpty() ? "column " + column : "column '" + names.get(column) + "'";
  }

  /** The names of the features in their order; empty without a header. */
  List<String> featureNames() {
    if (names.isEmpty()) {
      return List.of();
    }
    List<String> featureNames = new ArrayList<>(names.subList(0, features));
    for (int column = 0; column < destination.length; column++) {
      if (destination[column] >= 0) {
        featureNames.set(destination[column], names.get(column));
      }
    }
    return featureNames;
  }

  /** The label column; −1 if there is none. */
  int label() {
    for (int column = 0; column < destination.length; column++) {
      if (destination[column] == LABEL) {
        return column;
      }
    }
    return -1;
  }
}
