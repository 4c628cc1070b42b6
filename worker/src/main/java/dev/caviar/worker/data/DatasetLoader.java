package dev.caviar.worker.data;

import dev.caviar.proto.v1.CsvSource;
import dev.caviar.proto.v1.DataSource;
import dev.caviar.proto.v1.Task;
import dev.caviar.worker.backend.Examples;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;

/** Loads data sets, whole and as they are; {@link DataSplits#of} divides and normalises them. */
public final class DatasetLoader {
  /** The data sets that ship with Caviar, and the files beside this class that hold them. */
  private static final Map<String, String> BUILTINS = Map.of("digits", "digits.csv.gz");

  private DatasetLoader() {}

  /**
   * Loads what {@code source} names. Examples keep the order of their file. Reads the files anew at
   * each call: {@link DataCache} is for who asks more than once.
   *
   * @throws DataException if there is no such data, or if it cannot be trained on: the message
   *     names the file, the line or byte, what is wrong there and what would be right. The first
   *     ten wrong lines of a CSV file are told at once
   */
  public static Dataset load(DataSource source) {
    return switch (source.getSourceCase()) {
      case BUILTIN -> builtin(source.getBuiltin());
      case CSV -> csv(source.getCsv());
      case IDX -> IdxDataset.load(source.getIdx());
      case SOURCE_NOT_SET ->
          throw new DataException("data source: names no data; it must be builtin, csv or idx");
    };
  }

  private static Dataset builtin(String name) {
    String resource = BUILTINS.get(name);
    if (resource == null) {
      throw new DataException(
          "data source: no builtin data set '%s'%s"
              .formatted(name, NearestName.hint(name, BUILTINS.keySet())));
    }
    try (InputStream stream = DatasetLoader.class.getResourceAsStream(resource)) {
      if (stream == null) {
        throw new IllegalStateException("not in the jar: " + resource);
      }
      var file = DataFile.open("builtin " + name, stream.available(), stream);
      return dataset(
          CsvTable.read(
              file, false, "", (names, count) -> CsvColumns.forTraining(names, count, "")),
          Task.CLASSIFICATION);
    } catch (IOException e) {
      throw new DataException("builtin " + name + ": cannot be read: " + e, e);
    }
  }

  private static Dataset csv(CsvSource source) {
    try (DataFile file = DataFile.open(DataFile.path("csv.path", source.getPath()))) {
      return dataset(
          CsvTable.read(
              file,
              source.getHeader(),
              source.getDelimiter(),
              (names, count) -> CsvColumns.forTraining(names, count, source.getLabel())),
          source.getTask());
    }
  }

  private static Dataset dataset(CsvTable table, Task task) {
    CsvLabels labels = CsvLabels.of(table, task);
    var examples =
        new Examples(
            table.rows(), table.columns().features(), table.features(), 1, labels.targets());
    return new Dataset(
        examples,
        null,
        labels.task(),
        labels.classNames(),
        table.columns().featureNames(),
        DataHash.sha256(examples, null));
  }

  /** The data sets that {@link DataSource#getBuiltin()} can name. */
  public static List<String> builtins() {
    return BUILTINS.keySet().stream().sorted().toList();
  }
}
