package dev.caviar.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What all others are compared with must be what it is taken for. */
@NeedsContainers
class UndisturbedTest {
  @Test
  void isWhole() {
    Outcome outcome = Undisturbed.outcome();
    assertThat(outcome.trials().keySet()).containsExactlyElementsOf(upTo(0, 11));
    assertThat(outcome.trials().values())
        .allSatisfy(rows -> assertThat(rows).singleElement().asString().startsWith("completed "));
    assertThat(outcome.curves().keySet()).containsExactlyElementsOf(upTo(0, 11));
    outcome
        .curves()
        .keySet()
        .forEach(
            trial -> assertThat(outcome.epochs(trial)).containsExactlyElementsOf(upTo(1, 240)));
  }

  private static Iterable<Integer> upTo(int first, int last) {
    return IntStream.rangeClosed(first, last).boxed().toList();
  }
}
