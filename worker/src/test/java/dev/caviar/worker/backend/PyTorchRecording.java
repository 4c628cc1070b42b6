package dev.caviar.worker.backend;

import static java.util.Objects.requireNonNull;

import dev.caviar.worker.network.Activation;
import dev.caviar.worker.network.Loss;
import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.NetworkState;
import dev.caviar.worker.network.Optimizer;
import dev.caviar.worker.network.OptimizerSettings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** A training curve as PyTorch made it. {@code record_pytorch.py} writes them and says how. */
final class PyTorchRecording {
  static final List<String> NAMES =
      List.of(
          "adam",
          "adam-l2",
          "adam-without-batch-norm",
          "adam-odd-batch",
          "sgd-tanh",
          "momentum",
          "momentum-regression-without-batch-norm",
          "rmsprop-sigmoid",
          "adam-regression-tanh");

  /** How many examples the recorded evaluation is over: the data's first. */
  static final int EVALUATED = 500;

  private static final int ROWS = 1797;
  private static final int INPUTS = 64;

  private final Map<String, String> lines;

  private PyTorchRecording(Map<String, String> lines) {
    this.lines = lines;
  }

  static PyTorchRecording read(String name) throws IOException {
    try (BufferedReader reader = open("pytorch-" + name + ".txt.gz")) {
      return new PyTorchRecording(
          reader
              .lines()
              .map(line -> line.split(" ", 2))
              .collect(Collectors.toMap(line -> line[0], line -> line[1])));
    }
  }

  /**
   * Running statistics made anew, by recording, batch size and tensor: {@code
   * adam.64.layer0.running_mean}. {@code record_recalibration.py} writes them and says how.
   */
  static Map<String, float[]> recalibrations() throws IOException {
    return read("recalibration").tensors("");
  }

  NetworkConfig config() {
    Loss loss = Loss.valueOf(text("loss_function").toUpperCase(Locale.ROOT));
    return new NetworkConfig(
        INPUTS,
        Stream.of(text("hidden_units").split(" ", -1)).map(Integer::valueOf).toList(),
        loss == Loss.SQUARED_ERROR ? 2 : 10,
        Activation.valueOf(text("activation").toUpperCase(Locale.ROOT)),
        loss,
        Boolean.parseBoolean(text("batch_norm")),
        0.9f,
        1e-5f,
        0f);
  }

  OptimizerSettings settings() {
    return new OptimizerSettings(
        Optimizer.valueOf(text("optimizer").toUpperCase(Locale.ROOT)),
        Float.parseFloat(text("learning_rate")),
        0.9f,
        0.9f,
        0.999f,
        1e-8f,
        Float.parseFloat(text("l2")));
  }

  int steps() {
    return Integer.parseInt(text("steps"));
  }

  int batchSize() {
    return Integer.parseInt(text("batch_size"));
  }

  /** The rows of {@link #examples} that the step of that number, from 0, trains on. */
  int[] rows(int step) {
    int[] rows = new int[batchSize()];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (step * rows.length + i) % ROWS;
    }
    return rows;
  }

  NetworkState initial() {
    return new NetworkState(0, tensors("initial."));
  }

  /** Parameters and running statistics, without the optimizer's moments. */
  Map<String, float[]> finalTensors() {
    return tensors("final.");
  }

  float[] losses() {
    return numbers("loss");
  }

  Trainer.Evaluation evaluation() {
    float[] evaluation = numbers("evaluation");
    return new Trainer.Evaluation(evaluation[0], evaluation[1]);
  }

  /** The digits data's first {@code count} rows, with the recording's targets. */
  Examples examples(int count) throws IOException {
    boolean regression = config().loss() == Loss.SQUARED_ERROR;
    int targetWidth = regression ? 2 : 1;
    float[] features = new float[count * INPUTS];
    float[] targets = new float[count * targetWidth];
    try (BufferedReader reader = open("/dev/caviar/worker/data/digits.csv.gz")) {
      for (int row = 0; row < count; row++) {
        String[] cells = requireNonNull(reader.readLine()).split(",", -1);
        float sum = 0;
        for (int j = 0; j < INPUTS; j++) {
          // Sixteenths, and so their sum, are exact.
          features[row * INPUTS + j] = Float.parseFloat(cells[j]) / 16;
          sum += features[row * INPUTS + j];
        }
        double digit = Double.parseDouble(cells[INPUTS]);
        if (regression) {
          targets[row * 2] = (float) (digit / 10);
          targets[row * 2 + 1] = sum / INPUTS;
        } else {
          targets[row] = (float) digit;
        }
      }
    }
    return new Examples(count, INPUTS, features, targetWidth, targets);
  }

  Examples examples() throws IOException {
    return examples(ROWS);
  }

  private static BufferedReader open(String resource) throws IOException {
    InputStream stream =
        requireNonNull(PyTorchRecording.class.getResourceAsStream(resource), resource);
    return new BufferedReader(
        new InputStreamReader(new GZIPInputStream(stream), StandardCharsets.US_ASCII));
  }

  private String text(String name) {
    return requireNonNull(lines.get(name), name);
  }

  private Map<String, float[]> tensors(String prefix) {
    Map<String, float[]> tensors = new TreeMap<>();
    for (String name : lines.keySet()) {
      if (name.startsWith(prefix) && name.contains(".")) {
        tensors.put(name.substring(prefix.length()), numbers(name));
      }
    }
    return tensors;
  }

  private float[] numbers(String name) {
    String[] words = text(name).split(" ", -1);
    float[] numbers = new float[words.length];
    for (int i = 0; i < words.length; i++) {
      numbers[i] = Float.parseFloat(words[i]);
    }
    return numbers;
  }
}
