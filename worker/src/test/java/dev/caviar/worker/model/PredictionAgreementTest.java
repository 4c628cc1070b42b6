package dev.caviar.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.caviar.proto.v1.DataSource;
import dev.caviar.proto.v1.Provenance;
import dev.caviar.worker.backend.CpuBackend;
import dev.caviar.worker.backend.Examples;
import dev.caviar.worker.backend.Trainer;
import dev.caviar.worker.data.DataSplits;
import dev.caviar.worker.data.Dataset;
import dev.caviar.worker.data.DatasetLoader;
import dev.caviar.worker.network.Activation;
import dev.caviar.worker.network.Initializer;
import dev.caviar.worker.network.Loss;
import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.OptimizerSettings;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a model predicts from raw rows is what its trainer predicted from normalised ones. */
class PredictionAgreementTest {
  private static final DataSource DIGITS =
      DataSource.newBuilder()
          .setBuiltin("digits")
          .setDevFraction(0.2)
          .setNormalize(true)
          .setSplitSeed(42)
          .build();

  @ParameterizedTest
  @CsvSource({"RELU, true", "TANH, true", "SIGMOID, true", "RELU, false"})
  void aModelPredictsAsItsTrainerDid(Activation activation, boolean batchNorm) {
    var config =
        new NetworkConfig(
            64,
            List.of(50, 30),
            10,
            activation,
            Loss.SOFTMAX_CROSS_ENTROPY,
            batchNorm,
            0.9f,
            1e-5f,
            0.1f);
    Dataset raw = DatasetLoader.load(DIGITS);
    DataSplits splits = DataSplits.of(raw, DIGITS);
    Examples all = raw.examples();

    try (Trainer trainer =
        new CpuBackend().newTrainer(config, 64, Initializer.initialize(config, 1), 1)) {
      train(trainer, splits.train());
      float[] expected = new float[all.count() * 10];
      trainer.predict(splits.normalization().apply(all), expected);
      Trainer.Evaluation evaluation = trainer.evaluate(splits.normalization().apply(all));
      TrainedModel trained =
          TrainedModel.of(config, trainer.state(), splits, Provenance.getDefaultInstance());
      TrainedModel model = TrainedModel.parse(trained.toProto().toByteArray());

      float[] predicted = model.predict(all.features(), all.count());

      assertThat(evaluation.error()).isLessThan(0.1);
      for (int i = 0; i < predicted.length; i++) {
        assertThat(predicted[i]).isCloseTo(expected[i], within(1e-5f));
      }
      assertThat(model.evaluate(all).error()).isCloseTo(evaluation.error(), within(0.001));
      assertThat(model.evaluate(all).loss()).isCloseTo(evaluation.loss(), within(1e-5));
    }
  }

  private static void train(Trainer trainer, Examples examples) {
    int[] order = IntStream.range(0, examples.count()).toArray();
    for (int epoch = 0; epoch < 5; epoch++) {
      for (int from = 0; from + 64 <= order.length; from += 64) {
        trainer.step(examples, order, from, 64, OptimizerSettings.adam(0.01f));
      }
    }
  }
}
