package dev.caviar.worker.data;

import dev.caviar.proto.v1.Task;
import dev.caviar.worker.backend.Examples;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Rows for a trained model to predict, in the order of their file, and their labels if the file has
 * them, which makes it possible to score the predictions.
 *
 * @param count of the rows, at least 1
 * @param width features of each
 * @param features count × width, row-major, not normalised
 * @param targets one for each row, a class by its number in the model; null without labels
 */
public record PredictionData(int count, int width, float[] features, float @Nullable [] targets) {

  /**
   * Reads a CSV file, plain or gzip.
   *
   * <p>If the model was trained on named columns and the file has a header, columns are found by
   * name, in any order, and columns that the model does not know are left out; otherwise columns
   * must stand as they did in training.
   *
   * @param delimiter one character; empty: a comma
   * @param label the label column by its name or its number from 0. Empty: the label is looked for
   *     where it was in training, and there need not be one
   * @throws DataException as {@link DatasetLoader#load} does, and if the columns do not fit the
   *     model or a label is none of its classes
   */
  public static PredictionData readCsv(
      Path path, boolean header, String delimiter, String label, ModelSignature signature) {
    try (DataFile file = DataFile.open(path)) {
      CsvTable table =
          CsvTable.read(
              file,
              header,
              delimiter,
              (names, count) -> PredictionColumns.choose(names, count, label, signature));
      return new PredictionData(
          table.rows(),
          table.columns().features(),
          table.features(),
          table.columns().label() < 0 ? null : targets(table, signature));
    }
  }

  private static float[] targets(CsvTable table, ModelSignature signature) {
    List<String> labels = table.labels();
    float[] values = new float[labels.size()];
    Map<String, Integer> classes = numbers(signature.classNames());
    for (int code = 0; code < values.length; code++) {
      String label = labels.get(code);
      if (signature.task() == Task.CLASSIFICATION) {
        Integer number = classes.getOrDefault(label, classes.get(CsvLabels.canonical(label)));
        values[code] = number == null ? Float.NaN : number;
      } else {
        values[code] = Decimals.parse(label);
      }
    }
    var problems = new Problems(table.name());
    float[] targets = new float[table.rows()];
    for (int row = 0; row < targets.length; row++) {
      targets[row] = values[table.labelCodes()[row]];
      if (Float.isNaN(targets[row])) {
        problems.add(table.lines()[row], complaint(table, row, signature));
      }
    }
    problems.throwIfAny();
    return targets;
  }

  private static String complaint(CsvTable table, int row, ModelSignature signature) {
    String label = table.label(row);
    String where = "the label, " + table.columns().describe(table.columns().label()) + ", ";
    return signature.task() == Task.CLASSIFICATION
        ? "%sis %s, which is none of the model's classes%s"
            .formatted(
                where, Decimals.quote(label), NearestName.hint(label, signature.classNames()))
        : where + Decimals.complaint(label);
  }

  /**
   * Reads a file of IDX images, plain or gzip, and their labels if there is a file of them.
   *
   * @throws DataException as {@link DatasetLoader#load} does, and if the images have not as many
   *     pixels as the model has inputs, or a label is none of its classes
   */
  public static PredictionData readIdx(
      Path imageFile, @Nullable Path labelFile, ModelSignature signature) {
    IdxFile.Images images = IdxFile.images(imageFile);
    if (images.width() != signature.features()) {
      throw new DataException(
          "%s: has images of %d × %d, which are %d inputs; the model takes %d"
              .formatted(
                  images.name(),
                  images.rows(),
                  images.columns(),
                  images.width(),
                  signature.features()));
    }
    return new PredictionData(
        images.count(),
        images.width(),
        images.pixels(),
        labelFile == null ? null : targets(images, IdxFile.labels(labelFile), signature));
  }

  private static float[] targets(
      IdxFile.Images images, IdxFile.Labels labels, ModelSignature signature) {
    if (signature.task() != Task.CLASSIFICATION) {
      throw new DataException(
          labels.name() + ": holds classes, and the model is a regression, which has none");
    }
    Map<String, Integer> classes = numbers(signature.classNames());
    return IdxDataset.targets(
        images, labels, number -> classes.getOrDefault(Integer.toString(number), -1));
  }

  private static Map<String, Integer> numbers(List<String> classNames) {
    Map<String, Integer> numbers = new HashMap<>();
    for (int i = 0; i < classNames.size(); i++) {
      numbers.put(classNames.get(i), i);
    }
    return numbers;
  }

  /** The rows as examples to evaluate; empty if they have no labels. */
  public Optional<Examples> labeled() {
    return targets == null
        ? Optional.empty()
        : Optional.of(new Examples(count, width, features, 1, targets));
  }
}
