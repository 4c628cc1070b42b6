package dev.caviar.cli.results;

import de.siegmar.fastcsv.writer.CsvWriter;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.TrialPoints;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/** A row for each point of each curve, in the order they came. */
final class CurvesFile implements Closeable {
  private final CsvWriter csv;

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

  @Override
  public void close() throws IOException {
    csv.close();
  }
}
