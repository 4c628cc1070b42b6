package dev.caviar.coordinator.api;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.AskPattern;
import dev.caviar.coordinator.Coordinator;
import dev.caviar.coordinator.store.BlobStore;
import dev.caviar.proto.v1.BlobChunk;
import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.CoordinatorMessage;
import dev.caviar.proto.v1.GetBlobRequest;
import dev.caviar.proto.v1.Register;
import dev.caviar.proto.v1.WorkerMessage;
import dev.caviar.proto.v1.WorkerServiceGrpc.WorkerServiceImplBase;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** WorkerService of cluster.proto: a worker's stream, and the blobs that are too large for it. */
final class WorkerEndpoint extends WorkerServiceImplBase {
  private static final Duration OPEN_TIMEOUT = Duration.ofSeconds(10);

  private static final Set<BlobKind> FROM_WORKERS =
      EnumSet.of(BlobKind.CHECKPOINT, BlobKind.MODEL, BlobKind.REPORT);

  private final ActiveCoordinator active;
  private final ActorSystem<?> system;
  private final BlobTransfers blobs;

  WorkerEndpoint(
      ActiveCoordinator active, ActorSystem<?> system, BlobStore store, long mostBlobBytes) {
    this.active = active;
    this.system = system;
    this.blobs = new BlobTransfers(store, mostBlobBytes);
  }

  @Override
  public StreamObserver<WorkerMessage> work(StreamObserver<CoordinatorMessage> observer) {
    var down = (ServerCallStreamObserver<CoordinatorMessage>) observer;
    ActorRef<Coordinator.Command> coordinator;
    try {
      coordinator = active.get();
    } catch (StatusRuntimeException standby) {
      // As cluster.proto has it. Nothing is wrong that would pass if the worker tried again here.
      down.onError(
          Status.FAILED_PRECONDITION
              .withDescription(standby.getStatus().getDescription())
              .asRuntimeException());
      return new Deaf();
    }
    return new Connection(coordinator, down);
  }

  @Override
  public StreamObserver<BlobChunk> putBlob(StreamObserver<BlobRef> observer) {
    return blobs.put(FROM_WORKERS, observer);
  }

  @Override
  public void getBlob(GetBlobRequest request, StreamObserver<BlobChunk> observer) {
    blobs.get(request, observer);
  }

  /**
   * One worker's stream. The pool learns of its end from the end of the actor that writes to it.
   */
  private final class Connection implements StreamObserver<WorkerMessage> {
    private final ServerCallStreamObserver<CoordinatorMessage> call;
    private final ActorRef<Object> downlink;
    private @Nullable ActorRef<WorkerMessage> uplink;
    private boolean registered;

    Connection(
        ActorRef<Coordinator.Command> coordinator,
        ServerCallStreamObserver<CoordinatorMessage> call) {
      this.call = call;
      this.downlink =
          system.systemActorOf(
              Downlink.create(call), "downlink-" + System.nanoTime(), Props.empty());
      call.setOnCancelHandler(() -> downlink.tell(Downlink.End.BY_WORKER));
      // Nothing is read before there is somebody to hear it.
      call.disableAutoRequest();
      CompletionStage<ActorRef<WorkerMessage>> opened =
          AskPattern.ask(
              coordinator,
              replyTo -> new Coordinator.ConnectWorker(downlink.narrow(), replyTo),
              OPEN_TIMEOUT,
              system.scheduler());
      opened.whenComplete(
          (to, failure) -> {
            if (failure == null) {
              opened(to);
            } else {
              downlink.tell(new Downlink.End(Failures.status(failure)));
            }
          });
    }

    private synchronized void opened(ActorRef<WorkerMessage> to) {
      uplink = to;
      downlink.tell(new Downlink.Uplink(to));
      call.request(1);
    }

    @Override
    public synchronized void onNext(WorkerMessage message) {
      String objection = registered ? null : objection(message);
      if (objection != null) {
        // It is asked for no more, so this is the last that comes.
        system.log().warn("A worker is refused: {}", objection);
        downlink.tell(
            new Downlink.End(
                Status.FAILED_PRECONDITION.withDescription(objection).asRuntimeException()));
        return;
      }
      registered = true;
      if (uplink != null) {
        uplink.tell(message);
      }
      call.request(1);
    }

    /** Null: welcome. */
    private static @Nullable String objection(WorkerMessage first) {
      if (!first.hasRegister()) {
        return "a worker's first message is Register";
      }
      Register register = first.getRegister();
      return switch (register.getProtocol()) {
        case CLUSTER_PROTOCOL_1 -> null;
        case CLUSTER_PROTOCOL_UNSPECIFIED, UNRECOGNIZED ->
            "worker %s, Caviar %s, speaks protocol %d, which this coordinator does not know; give both"
                    .formatted(
                        register.getWorkerId(),
                        register.getCaviarVersion(),
                        register.getProtocolValue())
                + " the same version of Caviar, coordinators first";
      };
    }

    @Override
    public void onError(Throwable error) {
      downlink.tell(Downlink.End.BY_WORKER);
    }

    @Override
    public void onCompleted() {
      downlink.tell(Downlink.End.BY_WORKER);
    }
  }

  /** The end of a stream that was refused. */
  private static final class Deaf implements StreamObserver<WorkerMessage> {
    @Override
    public void onNext(WorkerMessage message) {}

    @Override
    public void onError(Throwable error) {}

    @Override
    public void onCompleted() {}
  }
}
