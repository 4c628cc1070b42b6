package dev.caviar.cli;

import akka.Done;
import akka.actor.BootstrapSetup;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.javadsl.Behaviors;
import akka.pattern.StatusReply;
import com.typesafe.config.ConfigFactory;
import dev.caviar.cli.panda.PandaClient;
import dev.caviar.coordinator.Coordinator;
import dev.caviar.coordinator.store.Stores;
import dev.caviar.coordinator.sweep.SweepActor;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.ChangeSpaceRequest;
import dev.caviar.proto.v1.ChangeSpaceResponse;
import dev.caviar.proto.v1.ContinueSweepRequest;
import dev.caviar.proto.v1.ContinueSweepResponse;
import dev.caviar.proto.v1.EndSweepRequest;
import dev.caviar.proto.v1.EndSweepResponse;
import dev.caviar.proto.v1.EnqueuePointsRequest;
import dev.caviar.proto.v1.EnqueuePointsResponse;
import dev.caviar.proto.v1.ExportSweepRequest;
import dev.caviar.proto.v1.GetBestModelRequest;
import dev.caviar.proto.v1.GetBestModelResponse;
import dev.caviar.proto.v1.GetSweepRequest;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.GetTrialLogRequest;
import dev.caviar.proto.v1.GetTrialLogResponse;
import dev.caviar.proto.v1.ListSweepsResponse;
import dev.caviar.proto.v1.ListWorkersResponse;
import dev.caviar.proto.v1.PauseSweepRequest;
import dev.caviar.proto.v1.PauseSweepResponse;
import dev.caviar.proto.v1.PauseTrialRequest;
import dev.caviar.proto.v1.PauseTrialResponse;
import dev.caviar.proto.v1.ResumeSweepRequest;
import dev.caviar.proto.v1.ResumeSweepResponse;
import dev.caviar.proto.v1.ResumeTrialRequest;
import dev.caviar.proto.v1.ResumeTrialResponse;
import dev.caviar.proto.v1.ReviveTrialRequest;
import dev.caviar.proto.v1.ReviveTrialResponse;
import dev.caviar.proto.v1.SubmitSweepRequest;
import dev.caviar.proto.v1.SubmitSweepResponse;
import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.proto.v1.WatchSweepRequest;
import dev.caviar.worker.CoordinatorLink;
import dev.caviar.worker.WorkerActor;
import dev.caviar.worker.WorkerOptions;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Enumeration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.function.UnaryOperator;
import java.util.jar.JarFile;

/**
 * A coordinator and one worker inside this JVM: what {@code caviar run} talks to. They are the
 * actors of a cluster and say the same messages to each other; only the network between them is
 * missing.
 */
public final class InProcessClient implements SweepClient {
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);
  private static final long SHUTDOWN_SECONDS = 10;

  private final ActorSystem<Coordinator.Command> system;

  private InProcessClient(ActorSystem<Coordinator.Command> system) {
    this.system = system;
  }

  /** Starts both; the worker has its slots and its backend from the options. */
  public static InProcessClient start(WorkerOptions worker) {
    return start(worker, UnaryOperator.identity());
  }

  /** Starts both with something between them, which tests use to look at what goes over. */
  static InProcessClient start(WorkerOptions worker, UnaryOperator<CoordinatorLink> between) {
    Stores stores = Stores.memory();
    Behavior<Coordinator.Command> guardian =
        Behaviors.setup(
            context -> {
              ActorRef<Coordinator.Command> coordinator =
                  context.spawn(
                      Coordinator.create(stores.curves(), stores.logs(), stores.blobs()),
                      "coordinator");
              CoordinatorLink link =
                  new InProcessLink(coordinator, context.getSystem(), stores.blobs());
              context.spawn(WorkerActor.create(worker, between.apply(link)), "worker");
              return Behaviors.receiveMessage(
                  command -> {
                    coordinator.tell(command);
                    return Behaviors.same();
                  });
            });
    BootstrapSetup setup =
        BootstrapSetup.create(
                WorkerOptions.config(worker.slots())
                    .withFallback(stores.persistence())
                    .withFallback(ConfigFactory.load()))
            .withClassloader(new WithoutManifests());
    return new InProcessClient(ActorSystem.create(guardian, "caviar", setup));
  }

  /**
   * Akka reads the manifests of all libraries to see that its modules have the same version, which
   * the build has seen to. It takes a sixth of the time until the first mini-batch, because some of
   * them are signed.
   */
  private static final class WithoutManifests extends ClassLoader {
    WithoutManifests() {
      super(InProcessClient.class.getClassLoader());
    }

    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
      return name.equals(JarFile.MANIFEST_NAME)
          ? Collections.emptyEnumeration()
          : super.getResources(name);
    }
  }

  @Override
  public CompletionStage<SubmitSweepResponse> submit(SubmitSweepRequest request) {
    return AskPattern.ask(
        system,
        replyTo -> new Coordinator.Submit(request, replyTo),
        ANSWER_TIMEOUT,
        system.scheduler());
  }

  @Override
  public CompletionStage<Void> watch(
      WatchSweepRequest request, Consumer<SweepUpdate> onUpdate, Consumer<String> onNote) {
    CompletableFuture<Void> over = new CompletableFuture<>();
    system.systemActorOf(
        watcher(request, onUpdate, over),
        "watcher-" + request.getSweepId() + "-" + System.nanoTime(),
        akka.actor.typed.Props.empty());
    return over;
  }

  /**
   * Asks for what is new, hands it on, and asks again: so nothing queues up for a slow consumer.
   */
  private Behavior<StatusReply<SweepActor.Updates>> watcher(
      WatchSweepRequest request, Consumer<SweepUpdate> onUpdate, CompletableFuture<Void> over) {
    return Behaviors.setup(
        context -> {
          var cursor = new AtomicLong(request.getAfterCursor());
          ask(request.getSweepId(), cursor.get(), context.getSelf());
          return Behaviors.receiveMessage(
              reply -> {
                if (reply.isError()) {
                  over.completeExceptionally(reply.getError());
                  return Behaviors.stopped();
                }
                SweepActor.Updates updates = reply.getValue();
                try {
                  updates.updates().forEach(onUpdate);
                } catch (RuntimeException e) {
                  over.completeExceptionally(e);
                  return Behaviors.stopped();
                }
                if (updates.over()) {
                  over.complete(null);
                  return Behaviors.stopped();
                }
                if (!updates.updates().isEmpty()) {
                  cursor.set(updates.updates().getLast().getCursor());
                }
                ask(request.getSweepId(), cursor.get(), context.getSelf());
                return Behaviors.same();
              });
        });
  }

  private void ask(
      String sweepId, long afterCursor, ActorRef<StatusReply<SweepActor.Updates>> replyTo) {
    system.tell(new Coordinator.Watch(sweepId, afterCursor, replyTo));
  }

  @Override
  public CompletionStage<EndSweepResponse> end(EndSweepRequest request) {
    return this.<Done>ask(replyTo -> new Coordinator.End(request, replyTo))
        .thenApply(done -> EndSweepResponse.getDefaultInstance());
  }

  @Override
  public CompletionStage<GetBestModelResponse> bestModel(GetBestModelRequest request) {
    return ask(replyTo -> new Coordinator.GetBestModel(request.getSweepId(), replyTo));
  }

  @Override
  public CompletionStage<ListSweepsResponse> list() {
    return AskPattern.ask(system, Coordinator.ListSweeps::new, ANSWER_TIMEOUT, system.scheduler());
  }

  @Override
  public CompletionStage<GetSweepResponse> get(GetSweepRequest request) {
    return ask(replyTo -> new Coordinator.GetSweep(request, replyTo));
  }

  @Override
  public CompletionStage<GetTrialLogResponse> trialLog(GetTrialLogRequest request) {
    return ask(replyTo -> new Coordinator.GetTrialLog(request, replyTo));
  }

  @Override
  public CompletionStage<PauseSweepResponse> pause(PauseSweepRequest request) {
    return this.<Done>ask(replyTo -> new Coordinator.PauseSweep(request, replyTo))
        .thenApply(done -> PauseSweepResponse.getDefaultInstance());
  }

  @Override
  public CompletionStage<ResumeSweepResponse> resume(ResumeSweepRequest request) {
    return this.<Done>ask(replyTo -> new Coordinator.ResumeSweep(request, replyTo))
        .thenApply(done -> ResumeSweepResponse.getDefaultInstance());
  }

  @Override
  public CompletionStage<PauseTrialResponse> pauseTrial(PauseTrialRequest request) {
    return this.<Done>ask(replyTo -> new Coordinator.PauseTrial(request, replyTo))
        .thenApply(done -> PauseTrialResponse.getDefaultInstance());
  }

  @Override
  public CompletionStage<ContinueSweepResponse> continueSweep(ContinueSweepRequest request) {
    return this.<Done>ask(replyTo -> new Coordinator.ContinueSweep(request, replyTo))
        .thenApply(done -> ContinueSweepResponse.getDefaultInstance());
  }

  @Override
  public CompletionStage<ChangeSpaceResponse> changeSpace(ChangeSpaceRequest request) {
    return this.<Done>ask(replyTo -> new Coordinator.ChangeSpace(request, replyTo))
        .thenApply(done -> ChangeSpaceResponse.getDefaultInstance());
  }

  @Override
  public CompletionStage<EnqueuePointsResponse> enqueue(EnqueuePointsRequest request) {
    return this.<Done>ask(replyTo -> new Coordinator.EnqueuePoints(request, replyTo))
        .thenApply(done -> EnqueuePointsResponse.getDefaultInstance());
  }

  @Override
  public CompletionStage<ReviveTrialResponse> reviveTrial(ReviveTrialRequest request) {
    return this.<Done>ask(replyTo -> new Coordinator.ReviveTrial(request, replyTo))
        .thenApply(done -> ReviveTrialResponse.getDefaultInstance());
  }

  @Override
  public CompletionStage<ResumeTrialResponse> resumeTrial(ResumeTrialRequest request) {
    return this.<Done>ask(replyTo -> new Coordinator.ResumeTrial(request, replyTo))
        .thenApply(done -> ResumeTrialResponse.getDefaultInstance());
  }

  @Override
  public CompletionStage<ListWorkersResponse> workers() {
    return AskPattern.ask(system, Coordinator.ListWorkers::new, ANSWER_TIMEOUT, system.scheduler());
  }

  /** A sweep in this process is written down while it runs, so nobody exports it. */
  @Override
  public CompletionStage<Void> export(ExportSweepRequest request, Consumer<SweepUpdate> onUpdate) {
    return CompletableFuture.failedFuture(
        new UnsupportedOperationException("a sweep in this process is watched, not exported"));
  }

  /** Workers in this process read files where they are. */
  @Override
  public CompletionStage<BlobRef> putData(Path file, LongConsumer onSent) {
    return CompletableFuture.failedFuture(
        new UnsupportedOperationException(
            "a sweep in this process names data files by their paths"));
  }

  /** A panda outlives the process that watches it, so none lives in it. */
  @Override
  public PandaClient pandas() {
    throw new UnsupportedOperationException("a panda needs a coordinator that stays");
  }

  private <T> CompletionStage<T> ask(
      Function<ActorRef<StatusReply<T>>, Coordinator.Command> question) {
    return AskPattern.askWithStatus(system, question::apply, ANSWER_TIMEOUT, system.scheduler());
  }

  @Override
  public void close() {
    system.terminate();
    try {
      system.getWhenTerminated().toCompletableFuture().get(SHUTDOWN_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      system.log().warn("The actors did not stop in {} s", SHUTDOWN_SECONDS, e);
    }
  }
}
