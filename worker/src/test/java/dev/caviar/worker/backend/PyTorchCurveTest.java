package dev.caviar.worker.backend;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** From the same initial weights, on the same mini-batches, every loss is PyTorch's. */
class PyTorchCurveTest {
  /** Two float programs drift apart as rounding differs; over a few hundred steps, this little. */
  private static final double TOLERANCE = 1e-3;

  static final List<String> RECORDINGS = PyTorchRecording.NAMES;

  @ParameterizedTest
  @FieldSource("RECORDINGS")
  void theReferenceFollowsPyTorch(String name) throws IOException {
    PyTorchRecording recording = PyTorchRecording.read(name);
    Examples examples = recording.examples();
    ReferenceNetwork network = new ReferenceNetwork(recording.config(), recording.initial());
    float[] losses = recording.losses();
    for (int step = 0; step < recording.steps(); step++) {
      ReferenceExamples batch =
          ReferenceExamples.of(examples, recording.rows(step), 0, recording.batchSize());
      double loss =
          network.step(
              batch.features(),
              batch.targets(),
              ReferenceNetwork.DropoutMask.NONE,
              recording.settings());
      assertThat(loss).as("loss of step %d", step).isCloseTo(losses[step], offset(TOLERANCE));
    }
    ReferenceExamples evaluated =
        ReferenceExamples.of(recording.examples(PyTorchRecording.EVALUATED));
    checkEnd(
        recording,
        network.evaluate(evaluated.features(), evaluated.targets()),
        network.state().tensors());
  }

  @ParameterizedTest
  @FieldSource("RECORDINGS")
  void nd4jFollowsPyTorch(String name) throws IOException {
    followsPyTorch(new Nd4jBackend(), name);
  }

  @ParameterizedTest
  @FieldSource("RECORDINGS")
  void cpuFollowsPyTorch(String name) throws IOException {
    followsPyTorch(new CpuBackend(), name);
  }

  private static void followsPyTorch(Backend backend, String name) throws IOException {
    PyTorchRecording recording = PyTorchRecording.read(name);
    Examples examples = recording.examples();
    float[] losses = recording.losses();
    try (Trainer trainer =
        backend.newTrainer(recording.config(), recording.batchSize(), recording.initial(), 0)) {
      for (int step = 0; step < recording.steps(); step++) {
        int[] rows = recording.rows(step);
        double loss = trainer.step(examples, rows, 0, rows.length, recording.settings());
        assertThat(loss).as("loss of step %d", step).isCloseTo(losses[step], offset(TOLERANCE));
      }
      checkEnd(
          recording,
          trainer.evaluate(recording.examples(PyTorchRecording.EVALUATED)),
          trainer.state().tensors());
    }
  }

  private static void checkEnd(
      PyTorchRecording recording, Trainer.Evaluation evaluation, Map<String, float[]> tensors) {
    assertThat(evaluation.loss()).isCloseTo(recording.evaluation().loss(), offset(TOLERANCE));
    // Of 500 examples, one may lie on the border.
    assertThat(evaluation.error()).isCloseTo(recording.evaluation().error(), offset(2.1e-3));
    recording
        .finalTensors()
        .forEach(
            (tensor, expected) ->
                assertThat(requireNonNull(tensors.get(tensor), tensor))
                    .as(tensor)
                    .usingComparatorWithPrecision((float) TOLERANCE)
                    .containsExactly(expected));
  }
}
