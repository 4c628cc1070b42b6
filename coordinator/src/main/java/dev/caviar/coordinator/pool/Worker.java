package dev.caviar.coordinator.pool;

import akka.actor.typed.ActorRef;
import dev.caviar.proto.v1.CoordinatorMessage;
import dev.caviar.proto.v1.Lease;
import dev.caviar.proto.v1.PullTrials;
import dev.caviar.proto.v1.Register;
import dev.caviar.proto.v1.WorkerMessage;
import dev.caviar.proto.v1.WorkerStatus;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;

/** A worker that has dialled in, and the count of its free slots. Belongs to the pool. */
final class Worker {
  private static final Register NONE =
      Register.newBuilder().setWorkerId("(not registered)").build();

  private final ActorRef<CoordinatorMessage> ref;
  private final ActorRef<WorkerMessage> uplink;
  private final long connectedAtMillis;
  private long lastHeardAtMillis;
  private Register registration = NONE;
  private int freeSlotsAtPull;
  private long receivedAtPull;
  // Assignments sent, and those that a sweep was asked for and has not declined.
  private long promised;
  // What it speaks of, for people to see; who may run what is for the sweeps to say.
  private final Set<Lease> leases = new LinkedHashSet<>();
  private boolean draining;
  private boolean connected = true;
  private boolean lost;

  Worker(ActorRef<CoordinatorMessage> ref, ActorRef<WorkerMessage> uplink, long nowMillis) {
    this.ref = ref;
    this.uplink = uplink;
    this.connectedAtMillis = nowMillis;
    this.lastHeardAtMillis = nowMillis;
  }

  void heard(long nowMillis) {
    lastHeardAtMillis = nowMillis;
    lost = false;
  }

  boolean silentFor(Duration limit, long nowMillis) {
    return nowMillis - lastHeardAtMillis > limit.toMillis();
  }

  boolean isRegistered() {
    return !registration.equals(NONE);
  }

  void registered(Register register) {
    registration = register;
    leases.addAll(register.getHeldList());
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

  /** Its stream has ended; it may dial in again. */
  void disconnected() {
    connected = false;
  }

  boolean isConnected() {
    return connected;
  }

  /** Silent for too long: what it had is given to others. */
  void lost() {
    lost = true;
    leases.clear();
  }

  boolean isLost() {
    return lost;
  }

  void has(Lease lease) {
    leases.add(lease);
  }

  void hasNoMore(Lease lease) {
    leases.remove(lease);
  }

  Set<Lease> leases() {
    return Collections.unmodifiableSet(leases);
  }

  /** Slots that nothing is on its way to. */
  long free() {
    return draining || lost || !connected ? 0 : freeSlotsAtPull - (promised - receivedAtPull);
  }

  String id() {
    return registration.getWorkerId();
  }

  int slots() {
    return registration.getSlots();
  }

  ActorRef<CoordinatorMessage> ref() {
    return ref;
  }

  ActorRef<WorkerMessage> uplink() {
    return uplink;
  }

  WorkerStatus status() {
    return WorkerStatus.newBuilder()
        .setRegistration(registration.toBuilder().clearHeld())
        .setBusySlots(Math.min(leases.size(), registration.getSlots()))
        .setDraining(draining)
        .setConnectedAtMillis(connectedAtMillis)
        .setLastHeardAtMillis(lastHeardAtMillis)
        .addAllLeases(leases)
        .build();
  }
}
