package dev.caviar.worker;

import akka.actor.typed.ActorRef;
import dev.caviar.proto.v1.CoordinatorMessage;
import dev.caviar.proto.v1.WorkerMessage;

/**
 * How a worker reaches a coordinator: an actor of the same system, or a stream across a network.
 * Messages keep their order in each direction.
 */
public interface CoordinatorLink {
  /**
   * Opens the link. Its end is told as {@link Closed}, also if it could not be opened; a new one
   * may be opened after that.
   */
  void open(ActorRef<Event> worker);

  /** Ends the present link, if there is one. It is not told: whoever ends it knows. */
  void close();

  /** The way for what is too large for a message. It needs no open link. */
  BlobTransfer blobs();

  /** What comes over the link. */
  sealed interface Event {}

  /**
   * The link is there.
   *
   * @param coordinator whom to tell what the worker has to say
   */
  record Opened(ActorRef<WorkerMessage> coordinator) implements Event {}

  /** The coordinator says something. */
  record Received(CoordinatorMessage message) implements Event {}

  /**
   * The link is gone, or was refused.
   *
   * @param reason for people
   */
  record Closed(String reason) implements Event {}
}
