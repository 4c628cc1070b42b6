package dev.caviar.coordinator.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LogExpectedImprovementTest {
  /** To 50 digits by mpmath; {@code record_gaussian_process.py} says how. */
  @Test
  void isAsMpmathHasItFarIntoTheTail() throws IOException {
    try (InputStream in = LogExpectedImprovementTest.class.getResourceAsStream("log-h.json")) {
      JsonNode values = new ObjectMapper().readTree(in).get("values");
      assertThat(values).hasSizeGreaterThan(90);
      for (JsonNode pair : values) {
        double expected = pair.get(1).asDouble();
        assertThat(LogExpectedImprovement.logH(pair.get(0).asDouble()))
            .as("at %s", pair.get(0))
            .isCloseTo(expected, within(2e-13 * Math.max(1, Math.abs(expected))));
      }
    }
  }

  @Test
  void growsWithTheDeviationAndFallsWithTheMean() {
    assertThat(LogExpectedImprovement.of(0, 1, 0)).isCloseTo(-0.9189385332046727, within(1e-14));
    // E max(0, 3 − 2z) for a standard normal z, which is 2 h(3/2).
    assertThat(LogExpectedImprovement.of(0, 2, 3))
        .isCloseTo(LogExpectedImprovement.logH(1.5) + Math.log(2), within(1e-14));
    assertThat(LogExpectedImprovement.of(1, 2, 3)).isLessThan(LogExpectedImprovement.of(0, 2, 3));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1, 0.5",
    "2, 0.7, -1",
    "1, 0.4, 0.2001",
    "1, 0.4, 0.1999",
    "5, 0.01, 0",
    "3, 1e-4, 0"
  })
  void risesAsItsDerivativesSay(double mean, double deviation, double best) {
    LogExpectedImprovement.Gradient gradient =
        LogExpectedImprovement.gradient(mean, deviation, best);
    double step = 1e-4 * deviation;

    assertThat(gradient.value()).isEqualTo(LogExpectedImprovement.of(mean, deviation, best));
    assertThat(gradient.byMean())
        .isCloseTo(
            (LogExpectedImprovement.of(mean + step, deviation, best)
                    - LogExpectedImprovement.of(mean - step, deviation, best))
                / (2 * step),
            within(1e-6 * Math.abs(gradient.byMean())));
    assertThat(gradient.byDeviation())
        .isCloseTo(
            (LogExpectedImprovement.of(mean, deviation + step, best)
                    - LogExpectedImprovement.of(mean, deviation - step, best))
                / (2 * step),
            within(1e-6 * Math.abs(gradient.byDeviation())));
  }
}
