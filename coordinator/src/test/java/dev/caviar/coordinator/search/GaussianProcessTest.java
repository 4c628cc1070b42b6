package dev.caviar.coordinator.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** By scikit-learn; {@code record_gaussian_process.py} says how it was recorded. */
class GaussianProcessTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static JsonNode recording() throws IOException {
    try (InputStream in = GaussianProcessTest.class.getResourceAsStream("gaussian-process.json")) {
      return JSON.readTree(in);
    }
  }

  private static double[] numbers(JsonNode node) {
    return JSON.convertValue(node, double[].class);
  }

  private static double[][] rows(JsonNode node) {
    return JSON.convertValue(node, double[][].class);
  }

  private static double[][] transposed(double[][] rows) {
    return IntStream.range(0, rows[0].length)
        .mapToObj(f -> Arrays.stream(rows).mapToDouble(row -> row[f]).toArray())
        .toArray(double[][]::new);
  }

  private static int[] dimensions(JsonNode recording) {
    return JSON.convertValue(recording.get("dimensions"), int[].class);
  }

  private static GaussianProcess.Parameters parameters(JsonNode recording) {
    return new GaussianProcess.Parameters(
        numbers(recording.get("length_scales")),
        recording.get("signal").asDouble(),
        recording.get("noise").asDouble());
  }

  private static GaussianProcess process(JsonNode recording, double[][] points) {
    return new GaussianProcess(
        transposed(points),
        dimensions(recording),
        numbers(recording.get("outcomes")),
        parameters(recording));
  }

  private static MarginalLikelihood likelihood(JsonNode recording) {
    double[][] points = rows(recording.get("points"));
    int[] dimensions = dimensions(recording);
    double[][] distances = new double[3][points.length * (points.length - 1) / 2];
    for (int f = 0; f < dimensions.length; f++) {
      for (int i = 0, pair = 0; i < points.length; i++) {
        for (int j = i + 1; j < points.length; j++) {
          distances[dimensions[f]][pair++] += Math.pow(points[i][f] - points[j][f], 2);
        }
      }
    }
    return new MarginalLikelihood(distances, numbers(recording.get("outcomes")));
  }

  @Test
  void likelihoodAndItsDerivativesAreThoseOfScikitLearn() throws IOException {
    JsonNode recording = recording();
    GaussianProcess.Parameters parameters = parameters(recording);
    double[] x = new double[5];
    for (int d = 0; d < 3; d++) {
      x[d] = Math.log(parameters.lengthScales()[d]);
    }
    x[3] = Math.log(parameters.signal());
    double free = parameters.noise() - MarginalLikelihood.LEAST_NOISE;
    x[4] = Math.log(free);
    double[] gradient = new double[5];

    assertThat(likelihood(recording).logLikelihood(x, gradient))
        .isCloseTo(recording.get("log_likelihood").asDouble(), within(1e-9));
    double[] expected = numbers(recording.get("gradient"));
    expected[4] *= free / parameters.noise();
    assertThat(gradient).containsExactly(expected, within(1e-9));
  }

  @Test
  void likelihoodTimesPriorRisesAsItsDerivativesSay() throws IOException {
    MarginalLikelihood likelihood = likelihood(recording());
    Random random = new Random(7);
    double[] ignored = new double[5];
    for (int i = 0; i < 20; i++) {
      double[] x = random.doubles(5, -2, 2).toArray();
      x[4] -= 3;
      double[] gradient = new double[5];
      likelihood.value(x, gradient);
      for (int k = 0; k < 5; k++) {
        double[] more = x.clone();
        double[] less = x.clone();
        more[k] += 1e-5;
        less[k] -= 1e-5;
        double slope = (likelihood.value(more, ignored) - likelihood.value(less, ignored)) / 2e-5;
        assertThat(gradient[k]).isCloseTo(slope, within(1e-5 * Math.max(1, Math.abs(slope))));
      }
    }
  }

  @Test
  void leavesOutOneAfterTheOther() throws IOException {
    JsonNode recording = recording();
    double[][] points = rows(recording.get("points"));
    double[] outcomes = numbers(recording.get("outcomes"));
    GaussianProcess.Parameters parameters = parameters(recording);
    int[] some = {0, 2, outcomes.length - 1};
    double expected = 0;
    for (int left : some) {
      int[] others = IntStream.range(0, points.length).filter(i -> i != left).toArray();
      GaussianProcess process =
          new GaussianProcess(
              transposed(Arrays.stream(others).mapToObj(i -> points[i]).toArray(double[][]::new)),
              dimensions(recording),
              Arrays.stream(others).mapToDouble(i -> outcomes[i]).toArray(),
              parameters);
      process.at(points[left]);
      // Its own noise comes to what the process does not know.
      double variance = process.deviation() * process.deviation() + parameters.noise();
      double off = outcomes[left] - process.mean();
      expected -= 0.5 * (Math.log(2 * Math.PI * variance) + off * off / variance);
    }

    assertThat(likelihood(recording).leaveOneOut(parameters, some))
        .isCloseTo(expected, within(1e-9));
  }

  @Test
  void likeliestParametersAreAtATop() throws IOException {
    MarginalLikelihood likelihood = likelihood(recording());
    GaussianProcess.Parameters likeliest = likelihood.likeliest();
    double[] x = new double[5];
    for (int d = 0; d < 3; d++) {
      x[d] = Math.log(likeliest.lengthScales()[d]);
    }
    x[3] = Math.log(likeliest.signal());
    x[4] = Math.log(likeliest.noise() - MarginalLikelihood.LEAST_NOISE);
    double[] gradient = new double[5];
    double value = likelihood.value(x, gradient);

    assertThat(Arrays.stream(gradient).map(Math::abs).max().orElseThrow()).isLessThan(0.1);
    Random random = new Random(8);
    for (int i = 0; i < 200; i++) {
      double[] other = random.doubles(5, -2, 2).toArray();
      other[4] = random.nextDouble(-10, 0);
      assertThat(likelihood.value(other, gradient)).isGreaterThan(value - 1e-3);
    }
  }

  @Test
  void meansAndDeviationsAreThoseOfScikitLearn() throws IOException {
    JsonNode recording = recording();
    GaussianProcess process = process(recording, rows(recording.get("points")));
    double[][] others = rows(recording.get("others"));
    for (int i = 0; i < others.length; i++) {
      process.at(others[i]);
      assertThat(process.mean()).isCloseTo(recording.get("means").get(i).asDouble(), within(1e-9));
      assertThat(process.deviation())
          .isCloseTo(recording.get("deviations").get(i).asDouble(), within(1e-9));
    }
  }

  @Test
  void risesAsItsGradientSays() throws IOException {
    JsonNode recording = recording();
    GaussianProcess process = process(recording, rows(recording.get("points")));
    for (double[] other : rows(recording.get("others"))) {
      process.at(other);
      double[] gradient = process.gradient(other, 0.7, -1.3);
      for (int f = 0; f < other.length; f++) {
        double[] more = other.clone();
        more[f] += 1e-6;
        process.at(more);
        double above = 0.7 * process.mean() - 1.3 * process.deviation();
        more[f] -= 2e-6;
        process.at(more);
        double below = 0.7 * process.mean() - 1.3 * process.deviation();
        assertThat(gradient[f]).isCloseTo((above - below) / 2e-6, within(1e-6));
      }
    }
  }

  @Test
  void believedPointsLeaveTheMeanAndTakeTheDoubt() throws IOException {
    JsonNode recording = recording();
    double[][] points = rows(recording.get("points"));
    double[][] others = rows(recording.get("others"));
    double[][] more = Arrays.copyOf(points, points.length + 3);
    System.arraycopy(others, 0, more, points.length, 3);
    GaussianProcess without = process(recording, points);
    GaussianProcess with = process(recording, more);
    for (int i = 0; i < others.length; i++) {
      without.at(others[i]);
      with.at(others[i]);
      assertThat(with.mean()).isCloseTo(without.mean(), within(1e-9));
      assertThat(with.deviation())
          .isLessThan(i < 3 ? without.deviation() / 2 : without.deviation() + 1e-12);
    }
  }
}
