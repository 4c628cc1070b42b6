package dev.caviar.coordinator.api;

import akka.actor.typed.ActorRef;
import dev.caviar.coordinator.Coordinator;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Whether this node's coordinator is the active one. Of several nodes one is; the others stand by
 * and send everybody on. Thread-safe.
 */
public final class ActiveCoordinator {
  private final AtomicReference<@Nullable ActorRef<Coordinator.Command>> here =
      new AtomicReference<>();
  private volatile String elsewhere = "";

  /** It is here from now on. */
  public void here(ActorRef<Coordinator.Command> coordinator) {
    here.set(coordinator);
  }

  /** It is not here any more, unless another than this one is. */
  public void gone(ActorRef<Coordinator.Command> coordinator) {
    here.compareAndSet(coordinator, null);
  }

  /**
   * For those who are sent on.
   *
   * @param address where the active one can be reached; empty: not known
   */
  public void elsewhere(String address) {
    elsewhere = address;
  }

  public boolean isHere() {
    return here.get() != null;
  }

  /**
   * The active coordinator.
   *
   * @throws StatusRuntimeException UNAVAILABLE if this node stands by, so that clients try another
   */
  ActorRef<Coordinator.Command> get() {
    ActorRef<Coordinator.Command> coordinator = here.get();
    if (coordinator == null) {
      throw Status.UNAVAILABLE
          .withDescription(
              "this coordinator stands by"
                  + (elsewhere.isEmpty() ? "" : "; the active one is " + elsewhere))
          .asRuntimeException();
    }
    return coordinator;
  }
}
