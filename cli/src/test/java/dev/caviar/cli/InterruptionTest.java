package dev.caviar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Signals to a real process that runs a real sweep. */
@NullUnmarked
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "signals are sent with kill")
class InterruptionTest {
  /** Every other trial is soon over; those with a batch size of 1 would take hours. */
  private static final String ENDLESS =
      """
      name: endless
      data: {builtin: digits, dev: 0.2}
      parameters:
        hidden_units: {values: [5, 6]}
        batch_size: {values: [2000, 1]}
      fixed: {epochs: 3000, learning_rate: 1.0e-3}
      search: {sampler: grid, trials: 100}
      """;

  @TempDir Path folder;

  @Test
  void theFirstEndsTheSweepWithTheBestSoFar() throws Exception {
    Process sweep = start();
    List<String> lines = new ArrayList<>();
    try (BufferedReader out = sweep.inputReader()) {
      readUntil(out, lines, "completed");
      Interrupts.interrupt(sweep);
      out.lines().forEach(lines::add);
    }
    assertThat(sweep.waitFor(30, TimeUnit.SECONDS)).isTrue();

    assertThat(sweep.exitValue()).isEqualTo(ExitCode.INTERRUPTED);
    assertThat(String.join("\n", lines))
        .contains("Ending; once more to end at once.")
        .contains("Best trial ")
        .contains("cancelled");
    try (Stream<Path> results = Files.list(folder.resolve("results"))) {
      JsonNode summary =
          new ObjectMapper().readTree(results.toList().getFirst().resolve("summary.json").toFile());
      assertThat(summary.get("state").asText()).isEqualTo("stopped");
      assertThat(summary.get("best").isObject()).isTrue();
    }
  }

  private Process start() throws IOException {
    Path file = Files.writeString(folder.resolve("sweep.yaml"), ENDLESS);
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "--add-modules=jdk.incubator.vector",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.caviar.cli.Caviar",
            "run",
            file.toString(),
            "--plain",
            "--slots",
            "2",
            "--results",
            folder.resolve("results").toString())
        .redirectErrorStream(true)
        .start();
  }

  private static void readUntil(BufferedReader out, List<String> lines, String wanted)
      throws IOException {
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      lines.add(line);
      if (line.startsWith("trial ") && line.contains(wanted)) {
        return;
      }
    }
    throw new AssertionError("the process ended before it said " + wanted + ": " + lines);
  }
}
