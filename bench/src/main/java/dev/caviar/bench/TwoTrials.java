package dev.caviar.bench;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.ConfigFactory;
import dev.caviar.proto.v1.AssignTrial;
import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.TrialEnded;
import dev.caviar.proto.v1.TrialEndedAck;
import dev.caviar.proto.v1.TrialState;
import dev.caviar.proto.v1.WorkerMessage;
import dev.caviar.worker.BlobTransfer;
import dev.caviar.worker.WorkerOptions;
import dev.caviar.worker.backend.Backend;
import dev.caviar.worker.backend.CpuBackend;
import dev.caviar.worker.data.DataCache;
import dev.caviar.worker.data.PushedData;
import dev.caviar.worker.trial.TrialActor;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/**
 * How much more two trials at once get done than one alone, each a real {@link TrialActor} on a
 * slot's thread: one, two, one, two, ... Arguments: rounds, and a folder for made-up data. Prints
 * rows of a table: seconds of one trial, of two, and how many times the work was done in the same
 * time; medians, and the fastest of each in brackets.
 */
public final class TwoTrials {
  private static final int SLOTS = 2;

  /** Trials without checkpoints and models have none. */
  private static final BlobTransfer NO_BLOBS =
      new BlobTransfer() {
        @Override
        public BlobRef put(BlobKind kind, InputStream bytes) {
          throw new UnsupportedOperationException("there is no store");
        }

        @Override
        public void get(BlobKind kind, String sha256, OutputStream to) {
          throw new UnsupportedOperationException("there is no store");
        }
      };

  private final ActorSystem<Void> system;
  private final Backend backend = new CpuBackend();
  private final DataCache data = new DataCache();
  private int trials;

  private TwoTrials(ActorSystem<Void> system) {
    this.system = system;
  }

  public static void main(String[] args) throws Exception {
    int rounds = Integer.parseInt(args[0]);
    Path folder = Path.of(args[1]);
    ActorSystem<Void> system =
        ActorSystem.create(
            Behaviors.empty(),
            "two-trials",
            WorkerOptions.config(SLOTS).withFallback(ConfigFactory.load()));
    try {
      TwoTrials bench = new TwoTrials(system);
      // Some three seconds each.
      bench.compare(TrialWork.digits(), 3_000, rounds);
      bench.compare(TrialWork.images(folder), 30, rounds);
    } finally {
      system.terminate();
      system.getWhenTerminated().toCompletableFuture().join();
    }
  }

  private void compare(TrialWork work, int epochs, int rounds) {
    atOnce(SLOTS, work, epochs / 3); // To warm up.
    List<Double> one = new ArrayList<>();
    List<Double> two = new ArrayList<>();
    List<Double> gains = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      one.add(atOnce(1, work, epochs));
      two.add(atOnce(2, work, epochs));
      gains.add(2 * one.getLast() / two.getLast());
    }
    System.out.printf(
        Locale.ROOT,
        "| %s | %.2f (%.2f) | %.2f (%.2f) | %.2f (%.2f) |%n",
        work.name(),
        median(one),
        Collections.min(one),
        median(two),
        Collections.min(two),
        median(gains),
        2 * Collections.min(one) / Collections.min(two));
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
  }

  /** Seconds until so many trials, begun together, have ended. */
  private double atOnce(int count, TrialWork work, int epochs) {
    long start = System.nanoTime();
    List<CompletableFuture<TrialEnded>> ends = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ends.add(train(work.trial(trials++, epochs)));
    }
    for (CompletableFuture<TrialEnded> end : ends) {
      TrialEnded ended = end.join();
      if (ended.getState() != TrialState.COMPLETED || ended.getEpochs() != epochs) {
        throw new IllegalStateException(ended.toString());
      }
    }
    return (System.nanoTime() - start) / 1e9;
  }

  private CompletableFuture<TrialEnded> train(AssignTrial assignment) {
    CompletableFuture<TrialEnded> end = new CompletableFuture<>();
    CompletableFuture<ActorRef<TrialActor.Command>> trial = new CompletableFuture<>();
    int number = assignment.getLease().getTrial();
    ActorRef<WorkerMessage> worker =
        system.systemActorOf(answering(trial, end), "worker-" + number, Props.empty());
    trial.complete(
        system.systemActorOf(
            TrialActor.create(
                assignment,
                backend,
                data,
                new PushedData(Path.of("."), NO_BLOBS),
                NO_BLOBS,
                worker),
            "trial-" + number,
            DispatcherSelector.fromConfig(TrialActor.DISPATCHER)));
    return end;
  }

  /** Takes what a trial says as a coordinator would: all is stored at once. */
  private static Behavior<WorkerMessage> answering(
      CompletableFuture<ActorRef<TrialActor.Command>> trial, CompletableFuture<TrialEnded> end) {
    return Behaviors.receiveMessage(
        message -> {
          if (message.hasTrialReport()) {
            int points = message.getTrialReport().getPointsCount();
            int epoch = message.getTrialReport().getPoints(points - 1).getEpoch();
            trial.join().tell(new TrialActor.PointsStored(epoch));
          } else if (message.hasTrialEnded()) {
            end.complete(message.getTrialEnded());
            trial.join().tell(new TrialActor.Acknowledged(TrialEndedAck.getDefaultInstance()));
            return Behaviors.stopped();
          }
          return Behaviors.same();
        });
  }
}
