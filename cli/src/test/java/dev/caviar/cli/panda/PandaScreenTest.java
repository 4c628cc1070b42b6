package dev.caviar.cli.panda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.cli.view.Texts;
import dev.caviar.proto.v1.GetPandaCurveResponse;
import dev.caviar.proto.v1.TrialPoints;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.TimeZone;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The golden files show what the screen looks like; -Dgolden.update=true draws them anew. */
class PandaScreenTest {
  private static final Instant NOW = Instant.ofEpochMilli(Pandas.BEGUN).plusSeconds(61);

  private final TimeZone zone = TimeZone.getDefault();

  @BeforeEach
  void timesAreInUtc() {
    TimeZone.setDefault(TimeZone.getTimeZone(ZoneOffset.UTC));
  }

  @AfterEach
  void timesAreAsTheyWere() {
    TimeZone.setDefault(zone);
  }

  static PandaProgress progress() {
    var progress = new PandaProgress();
    progress.apply(Pandas.update());
    return progress;
  }

  private static PandaProgress whole() {
    PandaProgress progress = progress();
    progress.apply(
        0,
        GetPandaCurveResponse.newBuilder()
            .addStretches(TrialPoints.newBuilder().addAllPoints(Pandas.points(0, 1, 20)))
            .build());
    return progress;
  }

  @ParameterizedTest
  @CsvSource({"40,10", "80,24", "120,40"})
  void looksAsItDid(int width, int height) throws IOException {
    List<String> lines =
        PandaScreen.render(whole(), Controls.start(), "", width, height, NOW, false);

    assertThat(lines).hasSize(height);
    assertThat(lines).allMatch(line -> Texts.width(line) <= width);
    assertThat(String.join("\n", lines) + "\n")
        .isEqualTo(golden("screen-" + width + "x" + height + ".txt", lines));
  }

  @Test
  void asksBelow() {
    Controls asking =
        new Controls(
            new Controls.Mode.Asking(new Controls.Question.LearningRate(), "0.0x", "no number"), 0);
    List<String> lines = PandaScreen.render(whole(), asking, "", 80, 24, NOW, false);

    assertThat(lines.subList(21, 24))
        .containsExactly("no number", "New learning rate (now 0.003)", "> 0.0x█");
  }

  @Test
  void explainsItsKeysAndTellsNotes() {
    Controls help = new Controls(new Controls.Mode.Help(), 0);
    assertThat(PandaScreen.render(whole(), help, "", 80, 24, NOW, false))
        .anyMatch(line -> line.startsWith("b  roll back to the best"));
    assertThat(PandaScreen.render(whole(), Controls.start(), "Not done: no", 80, 24, NOW, false))
        .contains("Not done: no");
  }

  @Test
  void showsTheLastEpochsOnly() {
    Controls zoomed = new Controls(new Controls.Mode.Watching(), 10);
    List<String> lines = PandaScreen.render(whole(), zoomed, "", 80, 30, NOW, false);

    assertThat(lines)
        .anyMatch(line -> line.contains("loss of training and dev examples, the last 10"));
    assertThat(lines).anyMatch(line -> line.matches(" +51 +epoch +60"));
  }

  @Test
  void waitsForWhatItDoesNotKnow() {
    assertThat(progress().lacksEarlier()).isTrue();
    assertThat(whole().lacksEarlier()).isFalse();
    assertThat(
            PandaScreen.render(new PandaProgress(), Controls.start(), "", 80, 24, NOW, false)
                .getFirst())
        .isEqualTo("Waiting for the coordinator ...");
  }

  @Property(tries = 200)
  void fitsEveryWindow(
      @ForAll @IntRange(min = 1, max = 250) int width,
      @ForAll @IntRange(min = 1, max = 80) int height) {
    for (PandaProgress progress : List.of(whole(), progress(), new PandaProgress())) {
      for (Controls.Mode mode :
          List.of(
              new Controls.Mode.Watching(),
              new Controls.Mode.Help(),
              new Controls.Mode.Asking(new Controls.Question.Target(), "x".repeat(90), "no"))) {
        List<String> lines =
            PandaScreen.render(progress, new Controls(mode, 20), "note", width, height, NOW, false);

        assertThat(lines).hasSize(height);
        assertThat(lines).allMatch(line -> Texts.width(line) <= width);
      }
    }
  }

  static String golden(String file, List<String> lines) throws IOException {
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(
          Path.of("src/test/resources/dev/caviar/cli/panda", file),
          String.join("\n", lines) + "\n");
    }
    try (InputStream in = PandaScreenTest.class.getResourceAsStream(file)) {
      return in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
