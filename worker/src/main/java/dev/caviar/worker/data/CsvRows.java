package dev.caviar.worker.data;

import de.siegmar.fastcsv.reader.AbstractBaseCsvCallbackHandler;
import de.siegmar.fastcsv.reader.RecordType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Turns the characters of a CSV file into numbers as they are parsed, without a text or an object
 * for each: a data set has millions of fields.
 */
final class CsvRows extends AbstractBaseCsvCallbackHandler<Boolean> {
  /** More are taken for a file that is no table, before its one line fills the memory. */
  private static final int MAX_COLUMNS = 1_000_000;

  private final String name;
  private final boolean header;
  private final char separator;
  private final CsvColumns.Choice choice;
  private final Problems problems;

  /** The fields of the first line, which must be seen whole before a column can be chosen. */
  private final List<String> first = new ArrayList<>();

  private @Nullable CsvColumns columns;

  private int rows;
  private float[] features = {};
  private int[] lines = new int[1024];
  private int[] labelCodes = new int[1024];
  private final Map<String, Integer> labels = new HashMap<>();
  private final List<String> labelList = new ArrayList<>();

  private long line;
  private @Nullable String problem;

  CsvRows(String name, boolean header, char separator, CsvColumns.Choice choice) {
    this.name = name;
    this.header = header;
    this.separator = separator;
    this.choice = choice;
    this.problems = new Problems(name);
  }

  @Override
  protected void handleBegin(long startingLineNumber) {
    line = startingLineNumber;
    if (columns != null) {
      beginRow(columns);
    }
  }

  private void beginRow(CsvColumns columns) {
    problem = null;
    int start = rows * columns.features();
    long needed = (long) start + columns.features();
    if (needed > features.length) {
      // Half as much again, to copy seldom and to hold little that is not used.
      long grown = Math.max(needed, Math.max(features.length + features.length / 2L, 4096));
      Memory.require(name, grown + 2L * lines.length);
      features = Arrays.copyOf(features, (int) grown);
    }
    if (rows == lines.length) {
      long grown = rows + rows / 2L;
      Memory.require(name, features.length + 2 * grown);
      lines = Arrays.copyOf(lines, (int) grown);
      labelCodes = Arrays.copyOf(labelCodes, (int) grown);
    }
  }

  @Override
  protected void handleField(int column, char[] text, int offset, int length, boolean quoted) {
    if (columns == null) {
      if (column == MAX_COLUMNS) {
        throw new DataException(
            "%s: line %d has more than %d fields; are its lines divided?"
                .formatted(name, line, MAX_COLUMNS));
      }
      first.add(new String(text, offset, length));
    } else {
      take(columns, column, text, offset, length);
    }
  }

  private void take(CsvColumns columns, int column, char[] text, int offset, int length) {
    if (column >= columns.destination().length) {
      return; // Counted when the row ends.
    }
    int destination = columns.destination()[column];
    if (destination >= 0) {
      float value = Decimals.parse(text, offset, length);
      features[rows * columns.features() + destination] = value;
      if (Float.isNaN(value) && problem == null) {
        problem =
            columns.describe(column)
                + " "
                + Decimals.complaint(new String(text, offset, length))
                + headerHint();
      }
    } else if (destination == CsvColumns.LABEL) {
      String label = new String(text, offset, length).strip();
      if (label.isEmpty() && problem == null) {
        problem = "the label, " + columns.describe(column) + ", is empty";
      }
      labelCodes[rows] = code(label);
    }
  }

  private String headerHint() {
    return rows == 0 && line == 1 ? "; if line 1 names the columns, say header: true" : "";
  }

  private int code(String label) {
    Integer known = labels.putIfAbsent(label, labelList.size());
    if (known != null) {
      return known;
    }
    labelList.add(label);
    return labelList.size() - 1;
  }

  @Override
  protected @Nullable Boolean buildRecord() {
    if (getRecordType() == RecordType.EMPTY) {
      return null; // Skipped.
    }
    if (columns == null) {
      chooseColumns();
    } else {
      endRow(columns, getFieldCount());
    }
    return true;
  }

  private void chooseColumns() {
    List<String> names = header ? first.stream().map(String::strip).toList() : List.of();
    if (header) {
      checkNames(names);
    }
    try {
      columns = choice.choose(names, first.size());
    } catch (IllegalArgumentException e) {
      throw new DataException(name + ": " + e.getMessage() + delimiterHint(), e);
    }
    if (!header) {
      beginRow(columns);
      for (int column = 0; column < first.size(); column++) {
        char[] text = first.get(column).toCharArray();
        take(columns, column, text, 0, text.length);
      }
      endRow(columns, first.size());
    }
  }

  private void checkNames(List<String> names) {
    Set<String> seen = new HashSet<>();
    for (int column = 0; column < names.size(); column++) {
      String columnName = names.get(column);
      if (columnName.isEmpty()) {
        throw new DataException(
            "%s: line %d: column %d has no name; give it one, or leave the column out"
                .formatted(name, line, column));
      }
      if (!seen.add(columnName)) {
        throw new DataException(
            "%s: line %d: two columns are named '%s'; if line %d is no header, say header: false"
                .formatted(name, line, columnName, line));
      }
    }
  }

  private String delimiterHint() {
    if (first.size() > 1) {
      return "";
    }
    for (char other : new char[] {',', ';', '\t', '|', ' '}) {
      if (other != separator && first.getFirst().indexOf(other) > 0) {
        return "; is the delimiter '%s'?".formatted(other == '\t' ? "\\t" : other);
      }
    }
    return "";
  }

  private void endRow(CsvColumns columns, int fields) {
    int expected = columns.destination().length;
    if (fields != expected) {
      problem =
          "has %d %s where the first line has %d"
              .formatted(fields, fields == 1 ? "field" : "fields", expected);
    }
    if (problem != null) {
      // The next row is written over this one: nothing of the file is used any more.
      problems.add(line, problem);
      return;
    }
    lines[rows] = (int) Math.min(line, Integer.MAX_VALUE);
    rows++;
  }

  /**
   * All that was read.
   *
   * @throws DataException if any line cannot be used, or if there is none
   */
  CsvTable table() {
    problems.throwIfAny();
    if (columns == null) {
      throw new DataException(name + ": is empty; it must have a row for each example");
    }
    if (rows == 0) {
      throw new DataException(name + ": has a header and no rows below it");
    }
    return new CsvTable(
        name,
        columns,
        rows,
        Arrays.copyOf(features, rows * columns.features()),
        Arrays.copyOf(lines, rows),
        Arrays.copyOf(labelCodes, rows),
        List.copyOf(labelList));
  }
}
