package dev.caviar.worker.trial;

import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.Lease;
import dev.caviar.proto.v1.TrialReport;
import dev.caviar.proto.v1.TrialTuned;
import dev.caviar.proto.v1.WorkerMessage;
import java.util.ArrayList;
import java.util.List;

/**
 * What a trial has said and the coordinator has not stored yet: points, and answers to tunings. It
 * is said again in the order in which it was said first, so that a point that was trained after a
 * tuning never comes before the tuning's answer.
 */
final class Unacknowledged {
  /** Points of one message: 3 KiB each with the statistics of 20 layers, and 4 MiB may be sent. */
  private static final int MOST_POINTS = 1_000;

  /** Some 100 MiB, and three minutes of a network whose epochs take a millisecond. */
  static final int FULL = 200_000;

  private sealed interface Said {}

  private record Point(CurvePoint point) implements Said {}

  private record Answer(TrialTuned tuned) implements Said {}

  private final Lease lease;
  private final List<Said> said = new ArrayList<>();

  Unacknowledged(Lease lease) {
    this.lease = lease;
  }

  void add(List<CurvePoint> points) {
    points.forEach(point -> said.add(new Point(point)));
  }

  void add(TrialTuned tuned) {
    said.add(new Answer(tuned));
  }

  /** Whether so much is kept that there should be no more. */
  boolean isFull() {
    return said.size() >= FULL;
  }

  /** Points up to this epoch are stored. */
  void pointsStored(int epoch) {
    said.removeIf(each -> each instanceof Point(CurvePoint point) && point.getEpoch() <= epoch);
  }

  /** The answer to that change is stored. */
  void answerStored(long changeId) {
    said.removeIf(
        each -> each instanceof Answer(TrialTuned tuned) && tuned.getChangeId() == changeId);
  }

  /** All of it as messages, the first said first. */
  List<WorkerMessage> again() {
    List<WorkerMessage> messages = new ArrayList<>();
    TrialReport.Builder report = TrialReport.newBuilder().setLease(lease);
    for (Said each : said) {
      switch (each) {
        case Point(CurvePoint point) -> {
          report.addPoints(point);
          if (report.getPointsCount() == MOST_POINTS) {
            flush(report, messages);
          }
        }
        case Answer(TrialTuned tuned) -> {
          flush(report, messages);
          messages.add(WorkerMessage.newBuilder().setTrialTuned(tuned).build());
        }
      }
    }
    flush(report, messages);
    return messages;
  }

  private static void flush(TrialReport.Builder report, List<WorkerMessage> messages) {
    if (report.getPointsCount() > 0) {
      messages.add(WorkerMessage.newBuilder().setTrialReport(report).build());
      report.clearPoints();
    }
  }
}
