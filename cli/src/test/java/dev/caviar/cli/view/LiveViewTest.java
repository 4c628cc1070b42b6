package dev.caviar.cli.view;

import static dev.caviar.cli.Updates.completed;
import static dev.caviar.cli.Updates.points;
import static dev.caviar.cli.Updates.sweep;
import static dev.caviar.cli.Updates.trial;
import static dev.caviar.cli.Updates.update;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.TrialState;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The golden files show what the view looks like; -Dgolden.update=true draws them anew. */
class LiveViewTest {
  private static final Instant BEGUN = Instant.parse("2026-11-01T12:00:00Z");
  private static final Instant NOW = BEGUN.plusSeconds(20);

  @ParameterizedTest
  @CsvSource({"40,10", "60,16", "80,24", "120,40", "200,50"})
  void looksAsItDid(int width, int height) throws IOException {
    List<String> lines = LiveView.render(running(), width, height, NOW, false);

    assertThat(lines).hasSizeLessThanOrEqualTo(height);
    assertThat(lines).allMatch(line -> Texts.width(line) <= width);
    assertThat(String.join("\n", lines) + "\n").isEqualTo(golden(width + "x" + height, lines));
  }

  @ParameterizedTest
  @CsvSource({"40,10", "80,24"})
  void looksTheSameWithColours(int width, int height) {
    List<String> colored = LiveView.render(running(), width, height, NOW, true);
    List<String> plain = LiveView.render(running(), width, height, NOW, false);

    assertThat(colored.getFirst()).contains("\u001b[");
    assertThat(colored.stream().map(l -> l.replaceAll("\u001b\\[\\d+m", "").stripTrailing()))
        .containsExactlyElementsOf(plain);
  }

  @Property(tries = 200)
  void fitsEveryWindow(
      @ForAll @IntRange(min = 1, max = 250) int width,
      @ForAll @IntRange(min = 1, max = 80) int height) {
    for (SweepProgress progress : List.of(running(), new SweepProgress(BEGUN))) {
      List<String> lines = LiveView.render(progress, width, height, NOW, false);

      assertThat(lines).hasSizeLessThanOrEqualTo(height);
      assertThat(lines).allMatch(line -> Texts.width(line) <= width);
    }
  }

  private static SweepProgress running() {
    var progress = new SweepProgress(BEGUN);
    progress.apply(update(sweep(SweepState.SWEEP_RUNNING, 20, 20).setBestTrial(0)));
    for (int trial = 0; trial < 5; trial++) {
      progress.apply(update(points(trial, 1, 1, 20)));
      progress.apply(update(completed(trial, 20)));
    }
    progress.apply(update(points(5, 1, 1, 2)));
    progress.apply(update(trial(5, TrialState.DIVERGED).setEpochs(2).setReason("loss is NaN")));
    progress.apply(update(trial(6, TrialState.RUNNING)));
    progress.apply(update(points(6, 1, 1, 11)));
    progress.apply(update(points(7, 1, 1, 3))); // Before its status.
    progress.apply(update(trial(8, TrialState.QUEUED)));
    return progress;
  }

  private static String golden(String name, List<String> lines) throws IOException {
    String file = "live-" + name + ".txt";
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(
          Path.of("src/test/resources/dev/caviar/cli/view", file), String.join("\n", lines) + "\n");
    }
    try (InputStream in = LiveViewTest.class.getResourceAsStream(file)) {
      return in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
