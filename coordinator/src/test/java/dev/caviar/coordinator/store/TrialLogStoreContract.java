package dev.caviar.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.proto.v1.LogLevel;
import dev.caviar.proto.v1.TrialLogLine;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every store of trials' logs does. */
abstract class TrialLogStoreContract {
  // Another for each test, since a store may be shared.
  private final String sweep = "sweep-" + UUID.randomUUID();

  abstract TrialLogStore store();

  static TrialLogLine line(int attempt, int number, String text) {
    return TrialLogLine.newBuilder()
        .setAttempt(attempt)
        .setNumber(number)
        .setWorkerId("ada")
        .setAtMillis(1_700_000_000_000L + number)
        .setLevel(LogLevel.WARN)
        .setText(text)
        .build();
  }

  private List<TrialLogLine> read(int trial) {
    return CurveStoreContract.get(store().read(sweep, trial));
  }

  private void append(int trial, TrialLogLine... lines) {
    store().append(sweep, trial, List.of(lines));
  }

  @Test
  void givesBackWhatWasSaidByAttemptsInTheOrderInWhichItCame() {
    append(0, line(1, 1, "begins"), line(1, 2, "a warning\n\tat some.Line(1)"));
    append(1, line(1, 1, "another trial's"));
    append(0, line(2, 1, "goes on"));
    append(0, line(1, 0, "ada is lost"));

    assertThat(read(0))
        .containsExactly(
            line(1, 1, "begins"),
            line(1, 2, "a warning\n\tat some.Line(1)"),
            line(1, 0, "ada is lost"),
            line(2, 1, "goes on"));
    assertThat(read(1)).containsExactly(line(1, 1, "another trial's"));
    assertThat(read(2)).isEmpty();
    assertThat(CurveStoreContract.get(store().read("other", 0))).isEmpty();
  }

  @Test
  void whatIsSaidAgainIsKeptOnce() {
    append(0, line(1, 1, "one"), line(1, 3, "three"));
    append(0, line(1, 1, "one"), line(1, 2, "two, which was missing"), line(1, 3, "three"));
    append(0, line(2, 1, "one of the next attempt"), line(2, 1, "and again"));
    append(0, line(2, 0, "is cut off"), line(2, 0, "is cut off"));

    assertThat(read(0))
        .extracting(TrialLogLine::getText)
        .containsExactly(
            "one",
            "three",
            "two, which was missing",
            "one of the next attempt",
            "is cut off",
            "is cut off");
  }

  @Test
  void keepsTheNewestLinesOfATrial() {
    List<TrialLogLine> many = new ArrayList<>();
    for (int number = 1; number <= 3 * TrialLogStore.MOST_LINES; number++) {
      many.add(line(1, number, "line " + number));
    }
    append(1, line(1, 1, "of another trial"));
    store().append(sweep, 0, many.subList(0, 150));
    store().append(sweep, 0, many.subList(150, many.size()));

    assertThat(read(0))
        .extracting(TrialLogLine::getNumber)
        .containsExactlyElementsOf(
            IntStream.rangeClosed(2 * TrialLogStore.MOST_LINES + 1, 3 * TrialLogStore.MOST_LINES)
                .boxed()
                .toList());
    assertThat(read(1)).hasSize(1);
  }

  @Test
  void keepsNoMoreCharactersThanItMayButTheNewestLine() {
    String quarter = "x".repeat(TrialLogStore.MOST_CHARACTERS / 4);
    for (int number = 1; number <= 6; number++) {
      append(0, line(1, number, quarter));
    }
    assertThat(read(0)).extracting(TrialLogLine::getNumber).containsExactly(3, 4, 5, 6);

    append(0, line(1, 7, "one more"));
    assertThat(read(0)).extracting(TrialLogLine::getNumber).containsExactly(4, 5, 6, 7);

    append(0, line(1, 8, quarter.repeat(5)));
    assertThat(read(0)).extracting(TrialLogLine::getNumber).containsExactly(8);
  }

  @Test
  void takesTextsOfAnyKind() {
    append(0, line(1, 1, "γ = 0.5 🐟 'quoted' %s {} \\"), line(1, 2, ""));

    assertThat(read(0)).containsExactly(line(1, 1, "γ = 0.5 🐟 'quoted' %s {} \\"), line(1, 2, ""));
  }

  @Test
  void takesWhatSomeDatabasesDoNot() {
    append(0, line(1, 1, "not a number: a\0b"));

    assertThat(read(0).getFirst().getText())
        .startsWith("not a number: a")
        .endsWith("b")
        .hasSize(17);
  }
}
