package dev.caviar.worker.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Finds a model's inputs, and perhaps the label, among the columns of a file to predict. */
final class PredictionColumns {
  private static final int NONE = -1;

  private PredictionColumns() {}

  /**
   * By name, in any order, where both the model and the file have names; else by position.
   *
   * @param label the label column as the caller names it; empty: to be found out
   * @throws IllegalArgumentException with a sentence about the file if its columns do not do
   */
  static CsvColumns choose(List<String> names, int count, String label, ModelSignature signature) {
    return names.isEmpty() || signature.featureNames().isEmpty()
        ? byPosition(names, count, label, signature)
        : byName(names, label, signature);
  }

  private static CsvColumns byName(List<String> names, String label, ModelSignature signature) {
    List<String> features = signature.featureNames();
    List<String> missing = new ArrayList<>(features);
    missing.removeAll(names);
    if (!missing.isEmpty()) {
      throw new IllegalArgumentException(
          "has no column '%s', which the model needs%s%s"
              .formatted(
                  missing.getFirst(),
                  missing.size() > 1 ? " (nor %d others)".formatted(missing.size() - 1) : "",
                  NearestName.hint(missing.getFirst(), names)));
    }
    int[] destination = new int[names.size()];
    Arrays.fill(destination, CsvColumns.IGNORED);
    for (int feature = 0; feature < features.size(); feature++) {
      destination[names.indexOf(features.get(feature))] = feature;
    }
    int labelColumn =
        label.isEmpty()
            ? labelAmong(destination, names, signature)
            : CsvColumns.find(label, names, names.size());
    if (labelColumn != NONE) {
      if (destination[labelColumn] >= 0) {
        throw new IllegalArgumentException(
            "cannot have its label in column '%s', which is an input of the model"
                .formatted(names.get(labelColumn)));
      }
      destination[labelColumn] = CsvColumns.LABEL;
    }
    return new CsvColumns(destination, features.size(), names);
  }

  /** The column of the name that it had in training; else the only one that is no input. */
  private static int labelAmong(int[] destination, List<String> names, ModelSignature signature) {
    int named = names.indexOf(signature.label());
    if (named >= 0 && destination[named] < 0) {
      return named;
    }
    if (isName(signature.label()) || names.size() != signature.features() + 1) {
      return NONE;
    }
    int column = 0;
    while (destination[column] >= 0) {
      column++;
    }
    return column;
  }

  private static CsvColumns byPosition(
      List<String> names, int count, String label, ModelSignature signature) {
    int labelColumn =
        label.isEmpty()
            ? labelByPosition(names, count, signature)
            : CsvColumns.find(label, names, count);
    int features = labelColumn == NONE ? count : count - 1;
    if (features != signature.features()) {
      throw new IllegalArgumentException(
          "has %d columns%s; the model takes %d inputs, with or without a label beside them"
              .formatted(
                  count, label.isEmpty() ? "" : ", the label among them", signature.features()));
    }
    int[] destination = new int[count];
    Arrays.setAll(destination, i -> labelColumn == NONE || i < labelColumn ? i : i - 1);
    if (labelColumn != NONE) {
      destination[labelColumn] = CsvColumns.LABEL;
    }
    return new CsvColumns(destination, features, names);
  }

  private static int labelByPosition(List<String> names, int count, ModelSignature signature) {
    if (count != signature.features() + 1) {
      return NONE;
    }
    String trained = signature.label();
    if (trained.isEmpty()) {
      return count - 1;
    }
    if (isName(trained) && !names.contains(trained)) {
      throw new IllegalArgumentException(
          "has one column more than the model has inputs and none named '%s', the label in"
                  .formatted(trained)
              + " training; say which one is the label");
    }
    return CsvColumns.find(trained, names, count);
  }

  private static boolean isName(String label) {
    return !label.isEmpty() && !label.matches("\\d+");
  }
}
