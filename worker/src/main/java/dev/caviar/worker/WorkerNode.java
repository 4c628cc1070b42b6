package dev.caviar.worker;

import akka.Done;
import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Terminated;
import akka.actor.typed.javadsl.Behaviors;
import dev.caviar.worker.backend.Backend;
import dev.caviar.worker.backend.CpuBackend;
import dev.caviar.worker.backend.Nd4jBackend;
import dev.caviar.worker.data.DataCache;
import dev.caviar.worker.link.GrpcLink;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One worker process: its actors and its link. On SIGTERM it checkpoints what it trains, hands it
 * back and leaves.
 */
public final class WorkerNode implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(WorkerNode.class);

  private final ActorSystem<Void> system;

  private WorkerNode(ActorSystem<Void> system) {
    this.system = system;
  }

  /** Starts one; it looks for a coordinator until it has found one. */
  public static WorkerNode start(WorkerSettings settings) {
    Backend backend = settings.backend().equals("nd4j") ? new Nd4jBackend() : new CpuBackend();
    WorkerOptions options =
        new WorkerOptions(
            settings.workerId(), settings.slots(), backend, new DataCache(), settings.dataFolder());
    var worker = new AtomicReference<@Nullable ActorRef<WorkerActor.Command>>();
    var gone = new CompletableFuture<Done>();
    ActorSystem<Void> system =
        ActorSystem.create(
            Behaviors.setup(
                context -> {
                  GrpcLink link = new GrpcLink(settings.link(), context.getSystem());
                  ActorRef<WorkerActor.Command> actor =
                      context.spawn(WorkerActor.create(options, link), "worker");
                  context.watch(actor);
                  worker.set(actor);
                  return Behaviors.receive(Void.class)
                      .onSignal(
                          Terminated.class,
                          stopped -> {
                            gone.complete(Done.getInstance());
                            link.shutDown();
                            return Behaviors.stopped();
                          })
                      .build();
                }),
            "caviar",
            WorkerOptions.config(settings.slots()).withFallback(settings.config()));
    CoordinatedShutdown.get(system)
        .addTask(
            CoordinatedShutdown.PhaseBeforeServiceUnbind(),
            "hand trials back",
            () -> {
              ActorRef<WorkerActor.Command> actor = worker.get();
              if (actor != null) {
                log.info("Worker {} is told to leave", settings.workerId());
                actor.tell(WorkerActor.Drain.HAND_BACK_AND_STOP);
              } else {
                gone.complete(Done.getInstance());
              }
              return gone;
            });
    log.info(
        "Worker {}: {} slots, {}, coordinators {}",
        settings.workerId(),
        settings.slots(),
        backend.description(),
        settings.link().coordinators());
    return new WorkerNode(system);
  }

  /** Completes when it has ended. */
  public CompletableFuture<Done> whenTerminated() {
    return system.getWhenTerminated().toCompletableFuture();
  }

  /** Lets it hand back what it has, and ends it. */
  @Override
  public void close() {
    system.terminate();
    whenTerminated().join();
  }
}
