package dev.caviar.coordinator.pool;

import akka.actor.typed.ActorRef;
import dev.caviar.proto.v1.CoordinatorMessage;
import dev.caviar.proto.v1.Lease;
import dev.caviar.proto.v1.WorkerMessage;

/**
 * Whoever has trials to give: a sweep, or a panda. The pool tells it what workers want and say;
 * each method sends its actor a message, and returns.
 */
public interface WorkSource {
  /**
   * A worker has a free slot. Answered by an assignment to the worker, or with {@link
   * WorkerPool.NothingToGive} to the pool.
   */
  void nextTrial(
      String workerId, ActorRef<CoordinatorMessage> worker, ActorRef<WorkerPool.Command> pool);

  /** What a worker says of one of the trials. */
  void fromWorker(String workerId, ActorRef<CoordinatorMessage> worker, WorkerMessage message);

  /** A worker that dialled in again still has this trial. */
  void leaseHeld(String workerId, ActorRef<CoordinatorMessage> worker, Lease lease);

  /** A worker is silent; it may come back. */
  void workerAway(ActorRef<CoordinatorMessage> worker);

  /** Whatever this worker held comes back. */
  void workerLost(ActorRef<CoordinatorMessage> worker);
}
