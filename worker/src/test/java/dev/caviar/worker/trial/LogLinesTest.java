package dev.caviar.worker.trial;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.proto.v1.Lease;
import dev.caviar.proto.v1.LogLevel;
import dev.caviar.proto.v1.TrialLogLine;
import dev.caviar.proto.v1.WorkerMessage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.slf4j.event.Level;
import org.slf4j.helpers.NOPLogger;

class LogLinesTest {
  private static final Lease LEASE =
      Lease.newBuilder().setSweepId("s").setTrial(3).setAttempt(2).build();

  private final List<WorkerMessage> sent = new ArrayList<>();
  private long now = 17;
  private final LogLines log =
      new LogLines(() -> NOPLogger.NOP_LOGGER, LEASE, sent::add, () -> now);

  private List<TrialLogLine> lines() {
    return sent.stream().flatMap(each -> each.getTrialLog().getLinesList().stream()).toList();
  }

  @Test
  void aLineGoesOverAtOnceWithItsLevelAndNumber() {
    log.info("Begins on {} examples", 5);
    log.warn("No {}", "luck");

    assertThat(sent).hasSize(2);
    assertThat(sent).allMatch(each -> each.getTrialLog().getLease().equals(LEASE));
    assertThat(lines()).extracting(TrialLogLine::getNumber).containsExactly(1, 2);
    assertThat(lines())
        .extracting(TrialLogLine::getLevel)
        .containsExactly(LogLevel.INFO, LogLevel.WARN);
    assertThat(lines())
        .extracting(TrialLogLine::getText)
        .containsExactly("Begins on 5 examples", "No luck");
    assertThat(lines())
        .allMatch(line -> Math.abs(line.getAtMillis() - System.currentTimeMillis()) < 60_000);
  }

  @Test
  void afterABurstOneLineGoesOverAtATimeAndGapsTellOfTheOthers() {
    for (int i = 0; i < 1_000; i++) {
      log.warn("again");
    }
    assertThat(lines()).hasSize(LogLines.BURST);

    now += LogLines.REFILL.toNanos() - 1;
    log.warn("too early");
    now += 1;
    log.warn("in time");
    log.warn("too early again");
    assertThat(lines()).hasSize(LogLines.BURST + 1);
    assertThat(lines().getLast().getText()).isEqualTo("in time");
    assertThat(lines().getLast().getNumber()).isEqualTo(1_002);

    now += Duration.ofDays(1).toNanos();
    for (int i = 0; i < 1_000; i++) {
      log.warn("again");
    }
    assertThat(lines()).hasSize(2 * LogLines.BURST + 1);
  }

  @Test
  void howATrialEndedGoesOverInAnyCase() {
    for (int i = 0; i < 100; i++) {
      log.warn("again");
    }
    log.end(Level.ERROR, "FAILED: {}", "no data");

    assertThat(lines().getLast().getText()).isEqualTo("FAILED: no data");
    assertThat(lines().getLast().getNumber()).isEqualTo(101);
  }

  @Test
  void theLastLinesAreSaidAgainOverANewLinkInOneMessage() {
    log.again();
    assertThat(sent).isEmpty();

    for (int i = 1; i <= LogLines.KEPT + 5; i++) {
      log.info("line {}", i);
    }
    List<TrialLogLine> before = lines();
    sent.clear();
    log.again();

    assertThat(sent).hasSize(1);
    assertThat(lines()).isEqualTo(before.subList(5, LogLines.KEPT + 5));
    assertThat(lines())
        .extracting(TrialLogLine::getNumber)
        .containsExactlyElementsOf(IntStream.rangeClosed(6, LogLines.KEPT + 5).boxed().toList());
  }

  @Test
  void anExceptionIsShownWithEachOfItsCauses() {
    log.warn(
        "The checkpoint at step {} could not be sent",
        5,
        new UncheckedIOException(new IOException("the disk is full")));

    assertThat(lines().getFirst().getText().lines().toList())
        .startsWith(
            "The checkpoint at step 5 could not be sent",
            "java.io.UncheckedIOException: java.io.IOException: the disk is full")
        .contains("Caused by: java.io.IOException: the disk is full")
        .anyMatch(line -> line.startsWith("\tat ") && line.contains("LogLinesTest"))
        .anyMatch(line -> line.matches("\t\\.\\.\\. \\d+ more"));
  }

  @Test
  void aCauseThatGoesRoundInACircleEnds() {
    Exception one = new IllegalStateException("one");
    one.initCause(new IllegalStateException("two", one));
    log.error("The trial failed", one);

    assertThat(lines().getFirst().getText()).contains("Caused by: java.lang.IllegalStateException");
  }

  @Test
  void aLongLineIsCut() {
    log.error("x".repeat(1_000_000));

    assertThat(lines().getFirst().getText()).hasSize(LogLines.MOST_CHARACTERS).endsWith("x…");
  }
}
