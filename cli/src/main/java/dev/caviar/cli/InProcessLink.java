package dev.caviar.cli;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.Behaviors;
import dev.caviar.coordinator.Coordinator;
import dev.caviar.coordinator.store.BlobStore;
import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.CoordinatorMessage;
import dev.caviar.proto.v1.WorkerMessage;
import dev.caviar.worker.BlobTransfer;
import dev.caviar.worker.CoordinatorLink;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** The way from a worker to a coordinator in the same JVM. */
final class InProcessLink implements CoordinatorLink {
  private final ActorRef<Coordinator.Command> coordinator;
  private final ActorSystem<?> system;
  private final BlobStore store;

  InProcessLink(ActorRef<Coordinator.Command> coordinator, ActorSystem<?> system, BlobStore store) {
    this.coordinator = coordinator;
    this.system = system;
    this.store = store;
  }

  @Override
  public void open(ActorRef<Event> worker) {
    ActorRef<CoordinatorMessage> downlink =
        system.systemActorOf(
            Behaviors.receiveMessage(
                message -> {
                  worker.tell(new Received(message));
                  return Behaviors.same();
                }),
            "downlink-" + System.nanoTime(),
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
    coordinator.tell(new Coordinator.ConnectWorker(downlink, opened));
  }

  @Override
  public void close() {
    // It lasts as long as the process.
  }

  @Override
  public BlobTransfer blobs() {
    return new BlobTransfer() {
      @Override
      public BlobRef put(BlobKind kind, InputStream bytes) throws IOException {
        return store.put(kind, bytes, Long.MAX_VALUE);
      }

      @Override
      public void get(BlobKind kind, String sha256, OutputStream to) throws IOException {
        try (InputStream bytes = store.open(kind, sha256)) {
          bytes.transferTo(to);
        } catch (BlobStore.NoSuchBlobException e) {
          throw new NoSuchBlobException(String.valueOf(e.getMessage()), e);
        }
      }
    };
  }
}
