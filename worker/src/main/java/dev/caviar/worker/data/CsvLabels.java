package dev.caviar.worker.data;

import dev.caviar.proto.v1.Task;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * A label column understood: what is to be learned, and each row's target.
 *
 * @param task classification or regression
 * @param classNames in the order of their numbers; empty for a regression
 * @param targets one for each row
 */
record CsvLabels(Task task, List<String> classNames, float[] targets) {
  /** More classes than this are taken for values, unless the source says classification. */
  private static final int MOST_GUESSED_CLASSES = 100;

  /** Whole numbers below this keep apart as doubles: 2⁵³. */
  private static final double EXACT = 1L << 53;

  private static final Comparator<String> BY_VALUE =
      Comparator.comparingDouble(Double::parseDouble).thenComparing(Comparator.naturalOrder());

  /**
   * @param asked what the source says the task is; unspecified: found out from the labels
   * @throws DataException if the labels do not do for the task
   */
  static CsvLabels of(CsvTable table, Task asked) {
    return switch (asked) {
      case REGRESSION -> regression(table);
      case CLASSIFICATION -> classification(table);
      case TASK_UNSPECIFIED, UNRECOGNIZED -> guess(table);
    };
  }

  private static CsvLabels guess(CsvTable table) {
    boolean fractions = false;
    boolean text = false;
    for (String label : table.labels()) {
      if (isNumber(label)) {
        fractions |= Double.parseDouble(label) % 1 != 0;
      } else {
        text |= !Decimals.isMissing(label);
      }
    }
    if (fractions && text) {
      throw new DataException(
          table.name()
              + ": the label, "
              + describeLabel(table)
              + ", has fractions in some lines and text in others; say task: classification if each"
              + " is a class, else correct "
              + firstLine(table, label -> !isNumber(label)));
    }
    if (fractions) {
      return regression(table);
    }
    CsvLabels labels = classification(table);
    int classes = labels.classNames.size();
    if (!text && classes > MOST_GUESSED_CLASSES && classes > table.rows() / 10) {
      throw new DataException(
          "%s: the label, %s, has %d different whole numbers in %d rows; say task: regression if"
                  .formatted(table.name(), describeLabel(table), classes, table.rows())
              + " they are values, task: classification if they are classes");
    }
    return labels;
  }

  private static CsvLabels regression(CsvTable table) {
    float[] values = new float[table.labels().size()];
    for (int code = 0; code < values.length; code++) {
      values[code] = Decimals.parse(table.labels().get(code));
    }
    var problems = new Problems(table.name());
    float[] targets = new float[table.rows()];
    for (int row = 0; row < targets.length; row++) {
      targets[row] = values[table.labelCodes()[row]];
      if (Float.isNaN(targets[row])) {
        problems.add(
            table.lines()[row],
            "the label, %s, %s"
                .formatted(describeLabel(table), Decimals.complaint(table.label(row))));
      }
    }
    problems.throwIfAny();
    return new CsvLabels(Task.REGRESSION, List.of(), targets);
  }

  private static CsvLabels classification(CsvTable table) {
    boolean numeric = table.labels().stream().anyMatch(CsvLabels::isNumber);
    boolean text = false;
    for (String label : table.labels()) {
      text |= !isNumber(label) && !Decimals.isMissing(label);
    }
    if (numeric && !text) {
      requireNoneMissing(table);
      return encode(table, new TreeMap<>(BY_VALUE), true);
    }
    return encode(table, new TreeMap<>(), false);
  }

  private static void requireNoneMissing(CsvTable table) {
    var problems = new Problems(table.name());
    for (int row = 0; row < table.rows(); row++) {
      if (!isNumber(table.label(row))) {
        problems.add(
            table.lines()[row],
            "the label, %s, %s"
                .formatted(describeLabel(table), Decimals.complaint(table.label(row))));
      }
    }
    problems.throwIfAny();
  }

  private static CsvLabels encode(
      CsvTable table, TreeMap<String, Integer> classes, boolean numeric) {
    List<String> names = new ArrayList<>(table.labels().size());
    for (String label : table.labels()) {
      String className = numeric ? canonical(label) : label;
      names.add(className);
      classes.put(className, 0);
    }
    if (classes.size() == 1) {
      throw new DataException(
          "%s: the label, %s, is %s in every line; a classification needs at least two classes"
              .formatted(table.name(), describeLabel(table), Decimals.quote(classes.firstKey())));
    }
    int number = 0;
    for (var entry : classes.entrySet()) {
      entry.setValue(number++);
    }
    int[] classOfCode = names.stream().mapToInt(classes::get).toArray();
    float[] targets = new float[table.rows()];
    for (int row = 0; row < targets.length; row++) {
      targets[row] = classOfCode[table.labelCodes()[row]];
    }
    return new CsvLabels(Task.CLASSIFICATION, List.copyOf(classes.keySet()), targets);
  }

  /** One name for {@code 1}, {@code 1.0} and {@code 01}, which are one class. */
  static String canonical(String label) {
    if (!isNumber(label)) {
      return label;
    }
    double value = Double.parseDouble(label);
    if (Math.abs(value) >= EXACT) {
      return label;
    }
    return value % 1 == 0 ? Long.toString((long) value) : Double.toString(value);
  }

  private static boolean isNumber(String label) {
    return !Float.isNaN(Decimals.parse(label));
  }

  private static String describeLabel(CsvTable table) {
    return table.columns().describe(table.columns().label());
  }

  private static String firstLine(CsvTable table, Predicate<String> which) {
    for (int row = 0; row < table.rows(); row++) {
      if (which.test(table.label(row))) {
        return "line %d: %s".formatted(table.lines()[row], Decimals.quote(table.label(row)));
      }
    }
    throw new IllegalArgumentException("no such label");
  }
}
