package dev.caviar.worker.model;

import com.google.protobuf.ByteString;
import dev.caviar.proto.v1.DataSource;
import dev.caviar.proto.v1.ModelReport;
import dev.caviar.proto.v1.ReportedExample;
import dev.caviar.proto.v1.Task;
import dev.caviar.worker.backend.Examples;
import dev.caviar.worker.data.DataSplits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * What a model does on its development examples, for people to look at: how often each class is
 * taken for which, and some examples with what the model makes of them. The test examples play no
 * part in it.
 */
public final class DevReport {
  /** The first so many examples are looked at, as the model is slow where no trainer is. */
  static final int MOST_EXAMPLES = 5_000;

  /** Examples that are shown of those that went wrong, and of those that did not. */
  static final int SHOWN = 12;

  private DevReport() {}

  /**
   * The report of a model on the development examples of the data it was trained on.
   *
   * @param splits normalised as the model's inputs are
   * @param source whether its examples are pictures
   */
  public static ModelReport of(TrainedModel model, DataSplits splits, DataSource source) {
    Examples dev = splits.dev();
    int count = Math.min(dev.count(), MOST_EXAMPLES);
    float[] raw = Arrays.copyOf(dev.features(), count * dev.width());
    splits.normalization().undoInPlace(raw, count);
    float[] outputs = model.predict(raw, count);
    Pictures pictures = new Pictures(raw, dev.width(), side(source, dev.width()));
    ModelReport.Builder report =
        ModelReport.newBuilder().setWidth(pictures.side).setHeight(pictures.side);
    if (model.task() == Task.CLASSIFICATION) {
      classified(report, model, dev, outputs, count, pictures);
    } else {
      estimated(report, dev, outputs, count);
    }
    return report.build();
  }

  private static void classified(
      ModelReport.Builder report,
      TrainedModel model,
      Examples dev,
      float[] outputs,
      int count,
      Pictures pictures) {
    int classes = model.network().outputs();
    int[] confusion = new int[classes * classes];
    List<Integer> right = new ArrayList<>();
    List<Integer> wrong = new ArrayList<>();
    for (int row = 0; row < count; row++) {
      int is = (int) dev.targets()[row];
      int taken = model.predictedClass(outputs, row);
      confusion[is * classes + taken]++;
      (is == taken ? right : wrong).add(row);
    }
    report.addAllClassNames(model.classNames());
    Arrays.stream(confusion).forEach(report::addConfusion);
    IntToDoubleFunction sureness =
        row -> outputs[row * classes + model.predictedClass(outputs, row)];
    wrong.sort(Comparator.comparingDouble(row -> -sureness.applyAsDouble(row)));
    List<Integer> shown = new ArrayList<>(wrong.subList(0, Math.min(SHOWN, wrong.size())));
    shown.addAll(ofAllClasses(right, dev, classes));
    for (int row : shown) {
      report.addExamples(example(dev, outputs, row, classes).setPixels(pictures.of(row)));
    }
  }

  /** The first of each class, then the second of each, and so on. */
  private static List<Integer> ofAllClasses(List<Integer> rows, Examples dev, int classes) {
    int[] seen = new int[classes];
    int[] place = new int[dev.count()];
    for (int row : rows) {
      place[row] = seen[(int) dev.targets()[row]]++;
    }
    return rows.stream().sorted(Comparator.comparingInt(row -> place[row])).limit(SHOWN).toList();
  }

  private static void estimated(
      ModelReport.Builder report, Examples dev, float[] outputs, int count) {
    int width = dev.targetWidth();
    IntStream.range(0, count)
        .boxed()
        .sorted(
            Comparator.comparingDouble(
                row -> -Math.abs((double) outputs[row * width] - dev.targets()[row * width])))
        .limit(2 * SHOWN)
        .forEach(row -> report.addExamples(example(dev, outputs, row, width)));
  }

  private static ReportedExample.Builder example(
      Examples dev, float[] outputs, int row, int width) {
    ReportedExample.Builder example =
        ReportedExample.newBuilder()
            .setIndex(row)
            .setTarget(dev.targets()[row * dev.targetWidth()]);
    for (int j = row * width; j < (row + 1) * width; j++) {
      example.addOutputs(outputs[j]);
    }
    return example;
  }

  /** Of square pictures, which the data sets of pictures have; 0 of anything else. */
  private static int side(DataSource source, int width) {
    int side = (int) Math.round(Math.sqrt(width));
    boolean pictures = source.hasIdx() || source.getBuiltin().equals("digits");
    return pictures && side * side == width ? side : 0;
  }

  /** Inputs as grey values. */
  private record Pictures(float[] raw, int width, int side) {
    ByteString of(int row) {
      if (side == 0) {
        return ByteString.EMPTY;
      }
      float[] inputs = Arrays.copyOfRange(raw, row * width, (row + 1) * width);
      double least = Double.POSITIVE_INFINITY;
      double greatest = Double.NEGATIVE_INFINITY;
      for (float input : inputs) {
        least = Math.min(least, input);
        greatest = Math.max(greatest, input);
      }
      byte[] pixels = new byte[width];
      for (int i = 0; i < width && greatest > least; i++) {
        pixels[i] = (byte) Math.round(255 * (inputs[i] - least) / (greatest - least));
      }
      return ByteString.copyFrom(pixels);
    }
  }
}
