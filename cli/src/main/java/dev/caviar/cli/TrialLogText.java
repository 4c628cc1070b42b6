package dev.caviar.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caviar.proto.v1.GetTrialLogRequest;
import dev.caviar.proto.v1.LogLevel;
import dev.caviar.proto.v1.TrialLogLine;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A trial's log as commands print it: a line for each that was said, in the order of attempts. */
public final class TrialLogText {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSX").withZone(ZoneOffset.UTC);

  private TrialLogText() {}

  /** All that is kept of a trial of a sweep, or of a branch of a panda. */
  public static List<TrialLogLine> get(SweepClient client, String id, int number) throws Exception {
    GetTrialLogRequest request =
        GetTrialLogRequest.newBuilder().setSweepId(id).setTrial(number).build();
    return Answers.await(client.trialLog(request)).getLinesList();
  }

  /**
   * For people; what is missing between two lines is said too.
   *
   * @param whose whose log it is, in words
   */
  public static List<String> lines(List<TrialLogLine> log, String whose) {
    if (log.isEmpty()) {
      return List.of("Nothing is kept of what " + whose + " said.");
    }
    List<String> lines = new ArrayList<>();
    int attempt = 0;
    int last = 0;
    for (TrialLogLine line : log) {
      if (line.getAttempt() != attempt) {
        attempt = line.getAttempt();
        last = 0;
      }
      boolean said = line.getNumber() > 0;
      int missing = said ? line.getNumber() - last - 1 : 0;
      if (missing > 0) {
        lines.add("... " + (missing == 1 ? "1 line is" : missing + " lines are") + " missing");
      }
      last = said ? Math.max(last, line.getNumber()) : last;
      lines.add(
          "%s %-5s attempt %d, %s: %s"
              .formatted(
                  TIME.format(Instant.ofEpochMilli(line.getAtMillis())),
                  level(line.getLevel()),
                  attempt,
                  said ? line.getWorkerId() : "coordinator",
                  line.getText()));
    }
    return lines;
  }

  /** For programs; docs/cli.md names the keys. */
  public static ArrayNode json(List<TrialLogLine> log) {
    ArrayNode lines = Json.object().putArray("lines");
    for (TrialLogLine line : log) {
      ObjectNode node = lines.addObject();
      node.put("at", TIME.format(Instant.ofEpochMilli(line.getAtMillis())));
      node.put("level", level(line.getLevel()).toLowerCase(Locale.ROOT));
      node.put("attempt", line.getAttempt());
      node.put("worker", line.getWorkerId());
      if (line.getNumber() > 0) {
        node.put("number", line.getNumber());
      } else {
        node.putNull("number");
      }
      node.put("text", line.getText());
    }
    return lines;
  }

  private static String level(LogLevel level) {
    return switch (level) {
      case WARN, ERROR -> level.name();
      // Of a worker that knows more levels than this.
      case INFO, LOG_LEVEL_UNSPECIFIED, UNRECOGNIZED -> LogLevel.INFO.name();
    };
  }
}
