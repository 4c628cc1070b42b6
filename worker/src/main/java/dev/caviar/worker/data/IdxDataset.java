package dev.caviar.worker.data;

import dev.caviar.proto.v1.IdxSource;
import dev.caviar.proto.v1.Task;
import dev.caviar.worker.backend.Examples;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;

/** Puts images and their labels together. */
final class IdxDataset {
  private IdxDataset() {}

  /**
   * @throws DataException if a file cannot be read, or if the files do not go together
   */
  static Dataset load(IdxSource source) {
    if (source.getTestImages().isEmpty() != source.getTestLabels().isEmpty()) {
      throw new DataException(
          "data source: idx.test_images and idx.test_labels must both be given or neither");
    }
    IdxFile.Images images = IdxFile.images(DataFile.path("idx.images", source.getImages()));
    IdxFile.Labels labels = IdxFile.labels(DataFile.path("idx.labels", source.getLabels()));
    int[] classes = classes(labels);
    Examples examples = examples(images, labels, classes);
    Examples test = source.getTestImages().isEmpty() ? null : test(source, images, classes);
    return new Dataset(
        examples,
        test,
        Task.CLASSIFICATION,
        Arrays.stream(classes).mapToObj(Integer::toString).toList(),
        List.of(),
        DataHash.sha256(examples, test));
  }

  private static Examples test(IdxSource source, IdxFile.Images training, int[] classes) {
    IdxFile.Images images =
        IdxFile.images(DataFile.path("idx.test_images", source.getTestImages()));
    if (images.rows() != training.rows() || images.columns() != training.columns()) {
      throw new DataException(
          "%s: has images of %d × %d, those of %s are %d × %d; they must be alike"
              .formatted(
                  images.name(),
                  images.rows(),
                  images.columns(),
                  training.name(),
                  training.rows(),
                  training.columns()));
    }
    return examples(
        images, IdxFile.labels(DataFile.path("idx.test_labels", source.getTestLabels())), classes);
  }

  /** The numbers that occur, in order. They need not begin at 0 or be without gaps. */
  private static int[] classes(IdxFile.Labels labels) {
    boolean[] occurs = new boolean[256];
    for (int i = 0; i < labels.values().length; i++) {
      occurs[labels.at(i)] = true;
    }
    int[] classes = new int[256];
    int count = 0;
    for (int number = 0; number < 256; number++) {
      if (occurs[number]) {
        classes[count++] = number;
      }
    }
    if (count == 1) {
      throw new DataException(
          "%s: every label is %d; a classification needs at least two classes"
              .formatted(labels.name(), classes[0]));
    }
    return Arrays.copyOf(classes, count);
  }

  private static Examples examples(IdxFile.Images images, IdxFile.Labels labels, int[] classes) {
    float[] targets = targets(images, labels, number -> Arrays.binarySearch(classes, number));
    return new Examples(images.count(), images.width(), images.pixels(), 1, targets);
  }

  /**
   * Each image's class by its place among the classes.
   *
   * @param place the place of a class number; below 0: it is none of the classes
   * @throws DataException if there are not as many labels as images, or one is none of the classes
   */
  static float[] targets(IdxFile.Images images, IdxFile.Labels labels, IntUnaryOperator place) {
    int count = labels.values().length;
    if (count != images.count()) {
      throw new DataException(
          "%s: has %d labels for the %d images of %s"
              .formatted(labels.name(), count, images.count(), images.name()));
    }
    float[] targets = new float[count];
    for (int i = 0; i < count; i++) {
      int index = place.applyAsInt(labels.at(i));
      if (index < 0) {
        throw new DataException(
            "%s: byte %d: label %d, which no training example has"
                .formatted(labels.name(), IdxFile.LABELS_BEGIN + i, labels.at(i)));
      }
      targets[i] = index;
    }
    return targets;
  }
}
