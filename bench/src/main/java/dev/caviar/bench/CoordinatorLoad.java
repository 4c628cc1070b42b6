package dev.caviar.bench;

import com.linecorp.armeria.client.grpc.GrpcClients;
import dev.caviar.proto.v1.ExportSweepRequest;
import dev.caviar.proto.v1.GetSweepRequest;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.ListWorkersRequest;
import dev.caviar.proto.v1.SubmitSweepRequest;
import dev.caviar.proto.v1.SweepServiceGrpc.SweepServiceBlockingStub;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.proto.v1.TrialState;
import java.time.Duration;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;

/**
 * A sweep of empty trials on a coordinator with workers, all processes of their own, timed from
 * here; afterwards every trial and every point is counted. Arguments: HOST:PORT, the workers to
 * wait for, trials, epochs. Prints one line.
 */
public final class CoordinatorLoad {
  private CoordinatorLoad() {}

  public static void main(String[] args) throws Exception {
    SweepServiceBlockingStub sweeps =
        GrpcClients.builder("gproto+http://" + args[0] + "/")
            .responseTimeout(Duration.ZERO)
            .maxResponseLength(0)
            .maxResponseMessageLength(1 << 30)
            .build(SweepServiceBlockingStub.class);
    int workers = Integer.parseInt(args[1]);
    int trials = Integer.parseInt(args[2]);
    int epochs = Integer.parseInt(args[3]);
    while (sweeps.listWorkers(ListWorkersRequest.getDefaultInstance()).getWorkersCount()
        < workers) {
      Thread.sleep(100);
    }
    // Once for warming up, and once to be measured.
    run(sweeps, "warm", Math.min(trials, 2_000), epochs);
    long start = System.nanoTime();
    String id = run(sweeps, "measured", trials, epochs);
    double seconds = (System.nanoTime() - start) / 1e9;
    count(sweeps, id, trials, epochs);
    System.out.printf(
        Locale.ROOT,
        "%d workers, %d trials of %d epochs: %.2f s, %.3f ms a trial, %.0f points/s; none lost%n",
        workers,
        trials,
        epochs,
        seconds,
        1e3 * seconds / trials,
        trials * (double) epochs / seconds);
    System.exit(0);
  }

  private static String run(SweepServiceBlockingStub sweeps, String name, int trials, int epochs)
      throws Exception {
    String id =
        sweeps
            .submitSweep(
                SubmitSweepRequest.newBuilder()
                    .setSweepFile(EmptySweep.file(name, trials, epochs))
                    .setBaseDirectory("/")
                    .build())
            .getSweepId();
    while (sweeps
            .listSweeps(dev.caviar.proto.v1.ListSweepsRequest.getDefaultInstance())
            .getSweepsList()
            .stream()
            .filter(sweep -> sweep.getStatus().getSweepId().equals(id))
            .findFirst()
            .orElseThrow()
            .getStatus()
            .getState()
        != SweepState.SWEEP_COMPLETED) {
      Thread.sleep(20);
    }
    return id;
  }

  /** Every trial once and completed, every point of every trial once. */
  private static void count(SweepServiceBlockingStub sweeps, String id, int trials, int epochs) {
    GetSweepResponse whole = sweeps.getSweep(GetSweepRequest.newBuilder().setSweepId(id).build());
    long completed =
        whole.getTrialsList().stream()
            .filter(trial -> trial.getState() == TrialState.COMPLETED)
            .count();
    Map<Integer, BitSet> seen = new HashMap<>();
    long points = 0;
    Iterator<SweepUpdate> updates =
        sweeps.exportSweep(ExportSweepRequest.newBuilder().setSweepId(id).build());
    while (updates.hasNext()) {
      SweepUpdate update = updates.next();
      if (update.hasPoints()) {
        BitSet of = seen.computeIfAbsent(update.getPoints().getTrial(), trial -> new BitSet());
        points += update.getPoints().getPointsCount();
        update.getPoints().getPointsList().forEach(point -> of.set(point.getEpoch()));
      }
    }
    long distinct = seen.values().stream().mapToLong(BitSet::cardinality).sum();
    if (completed != trials || points != (long) trials * epochs || distinct != points) {
      throw new IllegalStateException(
          "of %d trials completed %d; of %d points there are %d, %d of them distinct"
              .formatted(trials, completed, (long) trials * epochs, points, distinct));
    }
  }
}
