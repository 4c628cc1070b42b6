package dev.caviar.worker.data;

import dev.caviar.proto.v1.Task;
import dev.caviar.worker.backend.Examples;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Data as loaded, before it is divided and normalised.
 *
 * @param examples all of them, or the training examples where the source brings a test set
 * @param test the source's own test set, if it brings one
 * @param task classification or regression
 * @param classNames the label of each class in order; empty for a regression
 * @param featureNames names of the input columns; empty if the source has none
 * @param sha256 of features and targets, in hexadecimal
 */
public record Dataset(
    Examples examples,
    @Nullable Examples test,
    Task task,
    List<String> classNames,
    List<String> featureNames,
    String sha256) {

  public Dataset {
    classNames = List.copyOf(classNames);
    featureNames = List.copyOf(featureNames);
  }

  /** Its names and its hash, without the examples that take its memory. */
  public Dataset withoutExamples() {
    var none =
        new Examples(0, examples.width(), new float[0], examples.targetWidth(), new float[0]);
    return new Dataset(none, null, task, classNames, featureNames, sha256);
  }
}
