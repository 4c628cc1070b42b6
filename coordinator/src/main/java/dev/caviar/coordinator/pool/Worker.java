package dev.caviar.coordinator.pool;

import akka.actor.typed.ActorRef;
import dev.caviar.proto.v1.CoordinatorMessage;
import dev.caviar.proto.v1.PullTrials;
import dev.caviar.proto.v1.Register;
import dev.caviar.proto.v1.WorkerMessage;

/** A connected worker and the count of its free slots. Belongs to the pool. */
final class Worker {
  private final ActorRef<CoordinatorMessage> ref;
  private final ActorRef<WorkerMessage> uplink;
  private String id = "(not registered)";
  private int freeSlotsAtPull;
  private long receivedAtPull;
  // Assignments sent, and those that a sweep was asked for and has not declined.
  private long promised;
  private boolean draining;

  Worker(ActorRef<CoordinatorMessage> ref, ActorRef<WorkerMessage> uplink) {
    this.ref = ref;
    this.uplink = uplink;
  }

  void registered(Register register) {
    id = register.getWorkerId();
  }

  void pulled(PullTrials pull) {
    freeSlotsAtPull = pull.getFreeSlots();
    receivedAtPull = pull.getAssignmentsReceived();
  }

  void promised() {
    promised++;
  }

  void declined() {
    promised--;
  }

  void drain() {
    draining = true;
  }

  /** Slots that nothing is on its way to. */
  long free() {
    return draining ? 0 : freeSlotsAtPull - (promised - receivedAtPull);
  }

  String id() {
    return id;
  }

  ActorRef<CoordinatorMessage> ref() {
    return ref;
  }

  ActorRef<WorkerMessage> uplink() {
    return uplink;
  }
}
