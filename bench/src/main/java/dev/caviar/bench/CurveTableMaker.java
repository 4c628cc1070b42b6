package dev.caviar.bench;

import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.proto.v1.AssignTrial;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.DataSource;
import dev.caviar.worker.backend.Backend;
import dev.caviar.worker.backend.CpuBackend;
import dev.caviar.worker.data.DataSplits;
import dev.caviar.worker.data.DatasetLoader;
import dev.caviar.worker.trial.TrainingRun;
import java.io.BufferedWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Trains every point of a grid with several seeds, each as a worker trains a trial, and keeps the
 * curves as a {@link CurveTable}: {@code CurveTableMaker SWEEP_FILE SEEDS TABLE}. What is trained
 * goes to a file beside the table, a line for each setting and seed, from which a run that was cut
 * off goes on; it is removed once the table is written.
 */
public final class CurveTableMaker {
  private CurveTableMaker() {}

  /** Makes a table; progress goes to standard error. */
  public static void main(String[] args) throws Exception {
    CurveGrid grid = CurveGrid.read(Path.of(args[0]));
    int seeds = Integer.parseInt(args[1]);
    Path file = Path.of(args[2]);
    int epochs = grid.sweep().epochs();
    DataSource source = grid.sweep().data();
    DataSplits data = DataSplits.of(DatasetLoader.load(source), source);
    CurveTable table = new CurveTable(grid.points().size(), seeds, epochs, data.dev().count());

    Path trained = Path.of(file + ".partial");
    List<String> lines = Files.exists(trained) ? Files.readAllLines(trained) : List.of();
    int curves = grid.points().size() * seeds;
    int done = 0;
    for (String line : lines) {
      // The last line may be cut off.
      if (done < curves && keep(table, line, done, seeds, epochs)) {
        done++;
      } else {
        break;
      }
    }
    Files.write(trained, lines.subList(0, done));
    Backend backend = new CpuBackend();
    long start = System.nanoTime();
    try (BufferedWriter out =
        Files.newBufferedWriter(trained, StandardCharsets.UTF_8, StandardOpenOption.APPEND)) {
      for (int curve = done; curve < curves; curve++) {
        String line = curve(grid, curve / seeds, curve % seeds, data, backend) + " .";
        keep(table, line, curve, seeds, epochs);
        out.write(line + "\n");
        if ((curve + 1) % 100 == 0 || curve + 1 == curves) {
          out.flush();
          System.err.printf(
              "%d of %d curves, %.0f s%n", curve + 1, curves, (System.nanoTime() - start) / 1e9);
        }
      }
    }
    table.write(file);
    Files.delete(trained);
  }

  /** A curve as error and loss of each epoch until it ended. */
  static String curve(CurveGrid grid, int setting, int seed, DataSplits data, Backend backend) {
    SearchSpace space = grid.space();
    AssignTrial assignment =
        AssignTrial.newBuilder()
            .addAllParameters(space.parameters(grid.points().get(setting)))
            .setData(grid.sweep().data())
            .setSeed(1L + seed)
            .build();
    StringBuilder line = new StringBuilder();
    try (TrainingRun run = new TrainingRun(assignment, null, data, backend)) {
      while (!run.finished()) {
        CurvePoint point = run.train(Long.MAX_VALUE);
        if (point != null) {
          line.append(point.getDevError()).append(' ').append(point.getDevLoss()).append(' ');
        }
      }
    } catch (TrainingRun.DivergedException | TrainingRun.InfeasibleException e) {
      // The table has what it had until then.
    }
    return line.toString();
  }

  private static boolean keep(CurveTable table, String line, int curve, int seeds, int epochs) {
    List<String> numbers = List.of(line.strip().split(" +", -1));
    if (!numbers.getLast().equals(".") || numbers.size() > 2 * epochs + 1) {
      return false;
    }
    for (int i = 0; i + 2 < numbers.size(); i += 2) {
      table.put(
          curve / seeds,
          curve % seeds,
          i / 2 + 1,
          Double.parseDouble(numbers.get(i)),
          Double.parseDouble(numbers.get(i + 1)));
    }
    return true;
  }
}
