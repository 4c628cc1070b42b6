package dev.caviar.worker;

import akka.actor.typed.ActorRef;
import dev.caviar.proto.v1.CoordinatorMessage;
import dev.caviar.proto.v1.WorkerMessage;

/**
 * How a worker reaches a coordinator: an actor of the same system, or a stream across a network.
 * Messages keep their order in each direction.
 */
@FunctionalInterface
public interface CoordinatorLink {
  /**
   * Opens the link.
   *
   * @param worker gets what the coordinator says
   * @param opened gets, once, whom the worker is to tell what it has to say
   */
  void open(ActorRef<CoordinatorMessage> worker, ActorRef<ActorRef<WorkerMessage>> opened);
}
