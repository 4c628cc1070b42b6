package dev.caviar.bench;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.grpc.GrpcClients;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.ListSweepsRequest;
import dev.caviar.proto.v1.ListWorkersRequest;
import dev.caviar.proto.v1.SubmitSweepRequest;
import dev.caviar.proto.v1.SweepServiceGrpc.SweepServiceBlockingStub;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.proto.v1.WatchSweepRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;

/**
 * A sweep of empty trials with long curves, on a coordinator elsewhere, and watchers, each with a
 * connection of its own, which count every point of every trial. Arguments: HOST:PORT, the workers
 * to wait for, trials, epochs, watchers. Prints one line.
 */
public final class CurveWatchers {
  private CurveWatchers() {}

  /** What one of them has seen. */
  private record Seen(long points, long distinct, double seconds) {}

  public static void main(String[] args) throws Exception {
    int workers = Integer.parseInt(args[1]);
    int trials = Integer.parseInt(args[2]);
    int epochs = Integer.parseInt(args[3]);
    int watchers = Integer.parseInt(args[4]);
    SweepServiceBlockingStub sweeps = connect(args[0]);
    while (sweeps.listWorkers(ListWorkersRequest.getDefaultInstance()).getWorkersCount()
        < workers) {
      Thread.sleep(100);
    }
    // What is compiled while it runs would count for most of a short run.
    run(args[0], sweeps, "warm", trials, epochs, watchers);
    run(args[0], sweeps, "measured", trials, epochs, watchers);
    System.exit(0);
  }

  private static SweepServiceBlockingStub connect(String server) {
    return GrpcClients.builder("gproto+http://" + server + "/")
        // A connection of its own, as another process would have.
        .factory(ClientFactory.builder().build())
        .responseTimeout(Duration.ZERO)
        .maxResponseLength(0)
        .maxResponseMessageLength(1 << 30)
        .build(SweepServiceBlockingStub.class);
  }

  private static void run(
      String server,
      SweepServiceBlockingStub sweeps,
      String name,
      int trials,
      int epochs,
      int watchers)
      throws Exception {
    long start = System.nanoTime();
    String id =
        sweeps
            .submitSweep(
                SubmitSweepRequest.newBuilder()
                    .setSweepFile(EmptySweep.file(name, trials, epochs))
                    .setBaseDirectory("/")
                    .build())
            .getSweepId();
    List<CompletableFuture<Seen>> watching = new ArrayList<>();
    try (var threads = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
      for (int i = 0; i < watchers; i++) {
        watching.add(
            CompletableFuture.supplyAsync(() -> watch(connect(server), id, start), threads));
      }
      while (state(sweeps, id) != SweepState.SWEEP_COMPLETED) {
        Thread.sleep(20);
      }
      double stored = (System.nanoTime() - start) / 1e9;
      double seen = stored;
      long all = (long) trials * epochs;
      for (CompletableFuture<Seen> watcher : watching) {
        Seen its = watcher.get();
        if (its.distinct() != all) {
          throw new IllegalStateException(
              "of %d points a watcher saw %d, %d of them distinct"
                  .formatted(all, its.points(), its.distinct()));
        }
        seen = Math.max(seen, its.seconds());
      }
      System.out.printf(
          Locale.ROOT,
          "%s: %d trials of %d epochs, %d watchers: %.0f points/s taken in and stored, %.0f"
              + " points/s until each watcher has all; none lost%n",
          name,
          trials,
          epochs,
          watchers,
          all / stored,
          all / seen);
    }
  }

  private static SweepState state(SweepServiceBlockingStub sweeps, String id) {
    return sweeps.listSweeps(ListSweepsRequest.getDefaultInstance()).getSweepsList().stream()
        .filter(sweep -> sweep.getStatus().getSweepId().equals(id))
        .findFirst()
        .orElseThrow()
        .getStatus()
        .getState();
  }

  private static Seen watch(SweepServiceBlockingStub sweeps, String id, long start) {
    Iterator<SweepUpdate> updates =
        sweeps.watchSweep(WatchSweepRequest.newBuilder().setSweepId(id).build());
    List<BitSet> seen = new ArrayList<>();
    long points = 0;
    while (updates.hasNext()) {
      SweepUpdate update = updates.next();
      if (update.hasPoints()) {
        int trial = update.getPoints().getTrial();
        while (seen.size() <= trial) {
          seen.add(new BitSet());
        }
        BitSet of = seen.get(trial);
        for (CurvePoint point : update.getPoints().getPointsList()) {
          of.set(point.getEpoch());
          points++;
        }
      }
    }
    return new Seen(
        points,
        seen.stream().mapToLong(BitSet::cardinality).sum(),
        (System.nanoTime() - start) / 1e9);
  }
}
