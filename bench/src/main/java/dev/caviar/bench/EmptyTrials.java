package dev.caviar.bench;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.javadsl.Behaviors;
import akka.pattern.StatusReply;
import com.sun.management.OperatingSystemMXBean;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.caviar.coordinator.Coordinator;
import dev.caviar.coordinator.store.Stores;
import dev.caviar.proto.v1.CoordinatorMessage;
import dev.caviar.proto.v1.GetSweepRequest;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.SubmitSweepRequest;
import dev.caviar.proto.v1.SubmitSweepResponse;
import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.WorkerMessage;
import dev.caviar.worker.BlobTransfer;
import dev.caviar.worker.CoordinatorLink;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletionStage;

/**
 * What a trial costs that trains nothing: real coordinator, real journal, and workers that answer
 * an assignment at once with a point per epoch and the end. Arguments: trials, workers, slots of
 * each, epochs, how many points to a report, a folder for the store (a new one; without it, all is
 * kept in memory), and early stopping as in a sweep file (without it, none). Prints one line.
 */
public final class EmptyTrials {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  // What others do on the same cores at the same time takes none of it.
  private static final OperatingSystemMXBean PROCESS =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
  private static final String NONE = "none";
  private static final int WARM_UP = 5_000;
  private static final int PART = 1_000;

  private EmptyTrials() {}

  public static void main(String[] args) throws Exception {
    int trials = Integer.parseInt(args[0]);
    int workers = Integer.parseInt(args[1]);
    int slots = Integer.parseInt(args[2]);
    int epochs = Integer.parseInt(args[3]);
    int pointsInReport = Integer.parseInt(args[4]);
    boolean durable = args.length > 5;
    String earlyStopping = args.length > 6 ? args[6] : NONE;
    try (Stores stores = durable ? Stores.embedded(Path.of(args[5])) : Stores.memory()) {
      Config config = stores.persistence().withFallback(ConfigFactory.load());
      ActorSystem<Coordinator.Command> system =
          ActorSystem.create(
              Coordinator.create(stores.curves(), stores.logs(), stores.blobs()),
              "empty-trials",
              config);
      try {
        for (int i = 0; i < workers; i++) {
          String id = "w" + i;
          system.systemActorOf(
              EmptyWorker.create(id, slots, pointsInReport, new LocalLink(system)),
              id,
              Props.empty());
        }
        run(system, trials, epochs, earlyStopping, durable ? "embedded" : "memory");
      } finally {
        system.terminate();
        system.getWhenTerminated().toCompletableFuture().join();
      }
    }
  }

  private static void run(
      ActorSystem<Coordinator.Command> system,
      int trials,
      int epochs,
      String earlyStopping,
      String store)
      throws Exception {
    // Once for warming up, and once to be measured.
    submit(system, "warm", WARM_UP, epochs, earlyStopping);
    long start = System.nanoTime();
    long processor = PROCESS.getProcessCpuTime();
    submit(system, "measured", trials, epochs, earlyStopping);
    double seconds = (System.nanoTime() - start) / 1e9;
    double processorSeconds = (PROCESS.getProcessCpuTime() - processor) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "%s store, %d trials of %d epochs: %.3f s, %.3f ms a trial, %.0f points/s, processor %.3f"
            + " ms a trial, heap %d MiB%n",
        store,
        trials,
        epochs,
        seconds,
        1e3 * seconds / trials,
        trials * (double) epochs / seconds,
        1e3 * processorSeconds / trials,
        (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()) >> 20);
  }

  private static void submit(
      ActorSystem<Coordinator.Command> system,
      String name,
      int trials,
      int epochs,
      String earlyStopping)
      throws Exception {
    CompletionStage<SubmitSweepResponse> submitted =
        AskPattern.ask(
            system,
            replyTo ->
                new Coordinator.Submit(
                    SubmitSweepRequest.newBuilder()
                        .setSweepFile(EmptySweep.file(name, trials, epochs, earlyStopping))
                        .setBaseDirectory("/")
                        .build(),
                    replyTo),
            PATIENCE,
            system.scheduler());
    String id = submitted.toCompletableFuture().get().getSweepId();
    if (id.isEmpty()) {
      throw new IllegalStateException(submitted.toCompletableFuture().get().toString());
    }
    SweepState state = SweepState.SWEEP_RUNNING;
    while (state != SweepState.SWEEP_COMPLETED) {
      Thread.sleep(20);
      CompletionStage<dev.caviar.proto.v1.ListSweepsResponse> list =
          AskPattern.ask(system, Coordinator.ListSweeps::new, PATIENCE, system.scheduler());
      state =
          list.toCompletableFuture().get().getSweepsList().stream()
              .filter(sweep -> sweep.getStatus().getSweepId().equals(id))
              .findFirst()
              .orElseThrow()
              .getStatus()
              .getState();
    }
    boolean allComplete = earlyStopping.equals(NONE);
    long whole = 0;
    for (int first = 0; first < trials; first += PART) {
      whole +=
          part(system, id, first).getTrialsList().stream()
              .filter(trial -> trial.getAttempt() == 1)
              .filter(
                  trial ->
                      trial.getState() == TrialState.COMPLETED
                          ? trial.getEpochs() == epochs
                          : trial.getState() == TrialState.STOPPED_EARLY && !allComplete)
              .count();
    }
    if (whole != trials) {
      throw new IllegalStateException("of " + trials + " trials came to their end " + whole);
    }
  }

  private static GetSweepResponse part(
      ActorSystem<Coordinator.Command> system, String id, int first) throws Exception {
    GetSweepRequest request =
        GetSweepRequest.newBuilder()
            .setSweepId(id)
            .setFirstTrial(first)
            .setMostTrials(PART)
            .build();
    CompletionStage<GetSweepResponse> part =
        AskPattern.<Coordinator.Command, GetSweepResponse>askWithStatus(
            system,
            (ActorRef<StatusReply<GetSweepResponse>> replyTo) ->
                new Coordinator.GetSweep(request, replyTo),
            PATIENCE,
            system.scheduler());
    return part.toCompletableFuture().get();
  }

  /** To the coordinator in this JVM. */
  private record LocalLink(ActorSystem<Coordinator.Command> system) implements CoordinatorLink {
    @Override
    public void open(ActorRef<Event> worker) {
      ActorRef<CoordinatorMessage> down =
          system.systemActorOf(
              Behaviors.receiveMessage(
                  message -> {
                    worker.tell(new Received(message));
                    return Behaviors.same();
                  }),
              "down-" + System.nanoTime(),
              Props.empty());
      ActorRef<ActorRef<WorkerMessage>> opened =
          system.systemActorOf(
              Behaviors.receiveMessage(
                  uplink -> {
                    worker.tell(new Opened(uplink));
                    return Behaviors.stopped();
                  }),
              "opened-" + System.nanoTime(),
              Props.empty());
      system.tell(new Coordinator.ConnectWorker(down, opened));
    }

    @Override
    public void close() {}

    @Override
    public BlobTransfer blobs() {
      throw new UnsupportedOperationException("an empty trial has no blobs");
    }
  }
}
