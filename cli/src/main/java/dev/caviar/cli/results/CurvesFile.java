package dev.caviar.cli.results;

import de.siegmar.fastcsv.writer.CsvWriter;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.TrialPoints;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * A row for each point of each curve, in the order they came. A point that comes again, because a
 * watcher had to begin anew or a trial was trained again to the same numbers, gets no second row.
 */
final class CurvesFile implements Closeable {
  private final CsvWriter csv;

  /** The points written last, by trial and epoch. */
  private final Map<Integer, Map<Integer, Written>> written = new HashMap<>();

  private record Written(int attempt, CurvePoint point) {}

  CurvesFile(Path file) throws IOException {
    csv = CsvWriter.builder().build(file);
    csv.writeRecord(
        "trial",
        "attempt",
        "epoch",
        "step",
        "train_loss",
        "dev_loss",
        "dev_error",
        "learning_rate",
        "seconds");
    csv.flush();
  }

  void add(TrialPoints points) throws IOException {
    for (CurvePoint point : points.getPointsList()) {
      if (!isNew(points, point)) {
        continue;
      }
      csv.writeRecord(
          Integer.toString(points.getTrial()),
          Integer.toString(points.getAttempt()),
          Integer.toString(point.getEpoch()),
          Long.toString(point.getStep()),
          Double.toString(point.getTrainLoss()),
          Double.toString(point.getDevLoss()),
          Double.toString(point.getDevError()),
          Double.toString(point.getLearningRate()),
          Double.toString(point.getElapsedMicros() / 1e6));
    }
    // So that the file can be plotted while the sweep runs, and nothing is lost in a crash.
    csv.flush();
  }

  private boolean isNew(TrialPoints points, CurvePoint point) {
    Map<Integer, Written> ofTrial =
        written.computeIfAbsent(points.getTrial(), trial -> new HashMap<>());
    Written known = ofTrial.get(point.getEpoch());
    if (known != null
        && (points.getAttempt() <= known.attempt || sameNumbers(point, known.point))) {
      return false;
    }
    ofTrial.put(point.getEpoch(), new Written(points.getAttempt(), point));
    return true;
  }

  /** The time that training took is another each time. */
  private static boolean sameNumbers(CurvePoint a, CurvePoint b) {
    return a.toBuilder()
        .clearElapsedMicros()
        .build()
        .equals(b.toBuilder().clearElapsedMicros().build());
  }

  @Override
  public void close() throws IOException {
    csv.close();
  }
}
