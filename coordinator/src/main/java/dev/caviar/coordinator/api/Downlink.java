package dev.caviar.coordinator.api;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.Terminated;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import dev.caviar.proto.v1.CoordinatorMessage;
import dev.caviar.proto.v1.WorkerMessage;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import org.jspecify.annotations.Nullable;

/**
 * Writes to one worker's stream, and alone ends it: gRPC allows one writer at a time. Takes every
 * {@link CoordinatorMessage} for the worker beside its own protocol. It stops with the stream, and
 * the stream ends with it.
 *
 * <p>What the worker does not take at once waits in its connection. That is bounded: the
 * coordinator answers what a worker says and gives it no more trials than it has slots, and a
 * worker that does not read does not answer the connection's pings either and is cut off.
 */
final class Downlink {
  /**
   * Whom the worker speaks to. When that actor ends, this worker is let go: it has come back over
   * another stream, or the coordinator is not active here any more.
   */
  record Uplink(ActorRef<WorkerMessage> actor) {}

  /**
   * The stream is over.
   *
   * @param why told to the worker; null: it has ended the stream itself, or is gone
   */
  record End(@Nullable StatusRuntimeException why) {
    static final End BY_WORKER = new End(null);
  }

  private final ServerCallStreamObserver<CoordinatorMessage> call;

  private Downlink(ServerCallStreamObserver<CoordinatorMessage> call) {
    this.call = call;
  }

  static Behavior<Object> create(ServerCallStreamObserver<CoordinatorMessage> call) {
    return Behaviors.setup(context -> new Downlink(call).writing(context));
  }

  private Behavior<Object> writing(ActorContext<Object> context) {
    return Behaviors.receive(Object.class)
        .onMessage(
            CoordinatorMessage.class,
            message -> {
              call.onNext(message);
              return Behaviors.same();
            })
        .onMessage(
            Uplink.class,
            uplink -> {
              context.watch(uplink.actor());
              return Behaviors.same();
            })
        .onMessage(End.class, end -> end(end.why()))
        .onSignal(
            Terminated.class,
            gone ->
                end(
                    Status.UNAVAILABLE
                        .withDescription("the coordinator lets go of this stream")
                        .asRuntimeException()))
        .build();
  }

  private Behavior<Object> end(@Nullable StatusRuntimeException why) {
    if (!call.isCancelled()) {
      if (why == null) {
        call.onCompleted();
      } else {
        call.onError(why);
      }
    }
    return Behaviors.stopped();
  }
}
