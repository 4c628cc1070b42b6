package dev.caviar.worker.trial;

import dev.caviar.proto.v1.Lease;
import dev.caviar.proto.v1.LogLevel;
import dev.caviar.proto.v1.TrialLog;
import dev.caviar.proto.v1.TrialLogLine;
import dev.caviar.proto.v1.WorkerMessage;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.event.Level;
import org.slf4j.helpers.FormattingTuple;
import org.slf4j.helpers.MessageFormatter;

/**
 * What a trial says for people. All of it goes to its worker's own log; some goes to the
 * coordinator too, where it stands beside the trial: as much as {@link #BURST} and {@link #REFILL}
 * allow, and how the trial ended in any case. Nothing waits for it and nothing is asked for again;
 * over a new link the last lines are said again, because what made the old one break is often what
 * they are about.
 *
 * <p>Messages are formatted as SLF4J does it, with {@code {}} and an exception at the end.
 */
final class LogLines {
  /** So many lines go over at once. */
  static final int BURST = 30;

  /** After a burst, one more line each time that this has passed. */
  static final Duration REFILL = Duration.ofSeconds(2);

  /** Of one line; what is longer is cut. */
  static final int MOST_CHARACTERS = 4_000;

  /** Lines that are said again over a new link. */
  static final int KEPT = 20;

  private static final int MOST_FRAMES = 8;
  private static final int MOST_CAUSES = 5;

  private final Supplier<Logger> log;
  private final Lease lease;
  private final Consumer<WorkerMessage> coordinator;
  private final LongSupplier nanoTime;
  private final Deque<TrialLogLine> kept = new ArrayDeque<>();
  private double allowed = BURST;
  private long allowedAt;
  private int number;

  /**
   * @param log its worker's
   * @param coordinator takes what goes over, at once
   * @param nanoTime as {@link System#nanoTime}
   */
  LogLines(
      Supplier<Logger> log,
      Lease lease,
      Consumer<WorkerMessage> coordinator,
      LongSupplier nanoTime) {
    this.log = log;
    this.lease = lease;
    this.coordinator = coordinator;
    this.nanoTime = nanoTime;
    this.allowedAt = nanoTime.getAsLong();
  }

  void info(String format, @Nullable Object... arguments) {
    say(Level.INFO, mayGoOver(), format, arguments);
  }

  void warn(String format, @Nullable Object... arguments) {
    say(Level.WARN, mayGoOver(), format, arguments);
  }

  void error(String format, @Nullable Object... arguments) {
    say(Level.ERROR, mayGoOver(), format, arguments);
  }

  /** How the trial ended, which goes over whatever was said before. */
  void end(Level level, String format, @Nullable Object... arguments) {
    say(level, true, format, arguments);
  }

  /** A new link is there. */
  void again() {
    if (!kept.isEmpty()) {
      send(kept);
    }
  }

  private boolean mayGoOver() {
    long now = nanoTime.getAsLong();
    allowed = Math.min(BURST, allowed + (double) (now - allowedAt) / REFILL.toNanos());
    allowedAt = now;
    if (allowed < 1) {
      return false;
    }
    allowed--;
    return true;
  }

  private void say(Level level, boolean over, String format, @Nullable Object... arguments) {
    FormattingTuple formatted = MessageFormatter.arrayFormat(format, arguments);
    String message = String.valueOf(formatted.getMessage());
    Throwable failure = formatted.getThrowable();
    log.get().atLevel(level).setCause(failure).log(message);
    number++;
    if (over) {
      TrialLogLine line =
          TrialLogLine.newBuilder()
              .setAtMillis(System.currentTimeMillis())
              .setLevel(LogLevel.valueOf(level.name()))
              .setText(cut(failure == null ? message : message + "\n" + shown(failure)))
              .setNumber(number)
              .build();
      kept.add(line);
      if (kept.size() > KEPT) {
        kept.remove();
      }
      send(List.of(line));
    }
  }

  private void send(Iterable<TrialLogLine> lines) {
    coordinator.accept(
        WorkerMessage.newBuilder()
            .setTrialLog(TrialLog.newBuilder().setLease(lease).addAllLines(lines))
            .build());
  }

  private static String cut(String text) {
    return text.length() <= MOST_CHARACTERS ? text : text.substring(0, MOST_CHARACTERS - 1) + "…";
  }

  /** Each cause with its first frames: the last of them mostly says what is wrong. */
  private static String shown(Throwable failure) {
    StringBuilder shown = new StringBuilder();
    Throwable cause = failure;
    for (int causes = 0; cause != null && causes < MOST_CAUSES; causes++) {
      shown.append(causes == 0 ? "" : "\nCaused by: ").append(cause);
      StackTraceElement[] frames = cause.getStackTrace();
      Arrays.stream(frames)
          .limit(MOST_FRAMES)
          .forEach(frame -> shown.append("\n\tat ").append(frame));
      if (frames.length > MOST_FRAMES) {
        shown.append("\n\t... ").append(frames.length - MOST_FRAMES).append(" more");
      }
      cause = cause.getCause();
    }
    return shown.toString();
  }
}
