package dev.caviar.bench;

import dev.caviar.proto.v1.AssignTrial;
import dev.caviar.worker.backend.Backend;
import dev.caviar.worker.backend.CpuBackend;
import dev.caviar.worker.data.DataCache;
import dev.caviar.worker.trial.TrainingRun;
import dev.caviar.worker.trial.TrialActor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a trial's first epoch takes in a worker that has trained before, from the assignment on:
 * data from the cache, memory, initial weights, and the epoch. Beside it the trial's later epochs.
 * As {@link TrialActor} trains, slice by slice. Arguments: trials on the digits, epochs of each,
 * and a folder for made-up data; of the larger network on that there is one trial for twenty.
 * Prints rows of a table.
 */
public final class FirstEpoch {
  private static final long SLICE_NANOS = 50_000_000;

  private FirstEpoch() {}

  public static void main(String[] args) throws Exception {
    int digits = Integer.parseInt(args[0]);
    int epochs = Integer.parseInt(args[1]);
    Backend backend = new CpuBackend();
    DataCache data = new DataCache();
    TrialWork images = TrialWork.images(Path.of(args[2]));
    for (TrialWork work : List.of(TrialWork.digits(), images)) {
      int trials = work.equals(images) ? digits / 20 : digits;
      List<Double> first = new ArrayList<>();
      List<Double> steady = new ArrayList<>();
      List<Double> ratios = new ArrayList<>();
      double very = 0;
      for (int trial = 0; trial < trials; trial++) {
        List<Double> times = epochMillis(work.trial(trial, epochs), data, backend);
        double later = median(times.subList(1, epochs));
        if (trial == 0) {
          very = times.getFirst() / later;
        } else if (trial >= trials / 2) { // Warm.
          first.add(times.getFirst());
          steady.add(later);
          ratios.add(times.getFirst() / later);
        }
      }
      System.out.printf(
          Locale.ROOT,
          "| %s | %.3f | %.3f | %.2f | %.1f |%n",
          work.name(),
          median(first),
          median(steady),
          median(ratios),
          very);
    }
  }

  /** Of each epoch of a trial. */
  private static List<Double> epochMillis(AssignTrial assignment, DataCache data, Backend backend)
      throws Exception {
    List<Double> times = new ArrayList<>();
    long start = System.nanoTime();
    try (TrainingRun run =
        new TrainingRun(assignment, null, data.get(assignment.getData()), backend)) {
      while (!run.finished()) {
        if (run.train(SLICE_NANOS) != null) {
          long now = System.nanoTime();
          times.add((now - start) / 1e6);
          start = now;
        }
      }
    }
    return times;
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
  }
}
