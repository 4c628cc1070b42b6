package dev.caviar.worker.data;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/**
 * What a CSV file holds: a block of numbers, and beside it a column of labels as they are written.
 *
 * @param name of the file
 * @param features rows × columns.features(), row-major
 * @param lines the line that each row begins on, the file's first being 1
 * @param labelCodes for each row the index of its label in {@code labels}; all 0 without a label
 *     column
 * @param labels the labels that occur, blanks around them cut off, in the order of their first rows
 */
record CsvTable(
    String name,
    CsvColumns columns,
    int rows,
    float[] features,
    int[] lines,
    int[] labelCodes,
    List<String> labels) {

  /**
   * Reads a whole file.
   *
   * @param delimiter one character; empty: a comma
   * @throws DataException if it cannot be read, or if any line of it cannot be used
   */
  static CsvTable read(DataFile file, boolean header, String delimiter, CsvColumns.Choice choice) {
    char separator = separator(file.name(), delimiter);
    var rows = new CsvRows(file.name(), header, separator, choice);
    try (var reader = reader(file, separator, rows)) {
      reader.forEach(row -> {});
    } catch (UncheckedIOException e) {
      throw file.unreadable(Objects.requireNonNull(e.getCause()));
    } catch (CsvParseException e) {
      if (e.getCause() instanceof DataException data) {
        throw data;
      }
      throw new DataException(file.name() + ": not a CSV file: " + reason(e), e);
    } catch (IOException e) {
      throw file.unreadable(e);
    }
    return rows.table();
  }

  private static CsvReader<Boolean> reader(DataFile file, char separator, CsvRows rows) {
    try {
      return CsvReader.builder()
          .fieldSeparator(separator)
          // Rows reports every ragged line, where the library would stop at the first.
          .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
          .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
          // An open quote swallows the rest of the file into one field.
          .allowUnclosedQuote(false)
          .detectBomHeader(true)
          .build(rows, file.content(), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new DataException(
          "%s: delimiter %s cannot divide columns: %s"
              .formatted(file.name(), Decimals.quote("" + separator), e.getMessage()),
          e);
    }
  }

  private static char separator(String name, String delimiter) {
    if (delimiter.isEmpty()) {
      return ',';
    }
    if (delimiter.length() > 1) {
      throw new DataException(
          name + ": delimiter " + Decimals.quote(delimiter) + " must be one character");
    }
    return delimiter.charAt(0);
  }

  private static String reason(CsvParseException e) {
    return e.getMessage() + (e.getCause() == null ? "" : ": " + e.getCause());
  }

  /** The label of a row. */
  String label(int row) {
    return labels.get(labelCodes[row]);
  }
}
