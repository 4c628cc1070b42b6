package dev.caviar.worker.data;

import dev.caviar.proto.v1.Task;
import java.util.List;

/**
 * What a trained model takes and gives, as far as a file of rows for it must fit.
 *
 * @param features of a row
 * @param featureNames in the model's order; empty if it was trained on columns without names
 * @param task what it learned
 * @param classNames in the order of its outputs; empty for a regression
 * @param label the label column of the training data as its source named it: a name, a number from
 *     0, or empty for the last
 */
public record ModelSignature(
    int features, List<String> featureNames, Task task, List<String> classNames, String label) {
  public ModelSignature {
    featureNames = List.copyOf(featureNames);
    classNames = List.copyOf(classNames);
  }
}
