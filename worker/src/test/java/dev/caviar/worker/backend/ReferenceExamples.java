package dev.caviar.worker.backend;

/** Rows of examples as the reference network takes them. */
record ReferenceExamples(double[][] features, double[][] targets) {
  static ReferenceExamples of(Examples examples, int[] order, int from, int count) {
    double[][] features = new double[count][examples.width()];
    double[][] targets = new double[count][examples.targetWidth()];
    for (int i = 0; i < count; i++) {
      copyRow(examples.features(), order[from + i], features[i]);
      copyRow(examples.targets(), order[from + i], targets[i]);
    }
    return new ReferenceExamples(features, targets);
  }

  static ReferenceExamples of(Examples examples) {
    int[] order = new int[examples.count()];
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    return of(examples, order, 0, order.length);
  }

  private static void copyRow(float[] from, int row, double[] to) {
    for (int j = 0; j < to.length; j++) {
      to[j] = from[row * to.length + j];
    }
  }
}
