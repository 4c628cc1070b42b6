package dev.caviar.coordinator.store;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.Terminated;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Function;

/**
 * Stands before an event-sourced actor and passes on what it is told, some messages at a time. What
 * an event-sourced actor is told while it recovers or writes waits in a stash, and Akka Persistence
 * takes a stash apart by recursion: some hundred messages that write nothing overflow the stack,
 * and with it end the process. So does a thousand workers that dial in while a coordinator starts.
 * Here they wait in a queue instead, in their order.
 *
 * @param <C> what the actor behind can be told
 */
public final class Inlet<C> {
  /** Messages between two markers, of which two may be on their way. */
  static final int WINDOW = 64;

  private static final int WINDOWS = 2;

  private enum Taken {
    WINDOW,
    /** The actor behind has begun anew, and may have forgotten what it was told. */
    ALL
  }

  /**
   * The actor behind an inlet.
   *
   * @param <C> what it can be told
   */
  public interface Behind<C> {
    /**
     * Its behavior.
     *
     * @param front the inlet; what is to be said to the actor in large numbers goes there
     * @param begun to be run whenever the actor begins, after a failure too
     */
    Behavior<C> behavior(ActorRef<C> front, Runnable begun);
  }

  private final ActorContext<Object> context;
  private final ActorRef<C> behind;
  private final C marker;
  private final Queue<C> waiting = new ArrayDeque<>();
  private int inWindow;
  private int windows;

  private Inlet(ActorContext<Object> context, Behind<C> behind, Function<Runnable, C> marker) {
    this.context = context;
    ActorRef<Object> self = context.getSelf();
    this.marker = marker.apply(() -> self.tell(Taken.WINDOW));
    this.behind =
        context.spawn(behind.behavior(self.narrow(), () -> self.tell(Taken.ALL)), "behind");
  }

  /**
   * An actor and its inlet; it ends when the actor ends.
   *
   * @param marker a message to the actor that asks it to run something, and to do nothing else
   */
  public static <C> Behavior<C> before(Behind<C> behind, Function<Runnable, C> marker) {
    return Behaviors.<Object>setup(context -> new Inlet<>(context, behind, marker).passing())
        .narrow();
  }

  private Behavior<Object> passing() {
    context.watch(behind);
    return Behaviors.receive(Object.class)
        .onMessage(Taken.class, this::taken)
        .onAnyMessage(this::pass)
        .onSignal(Terminated.class, ended -> Behaviors.stopped())
        .build();
  }

  // What is not its own can only be a C: the reference that others have says so.
  @SuppressWarnings("unchecked")
  private Behavior<Object> pass(Object message) {
    waiting.add((C) message);
    return pass();
  }

  private Behavior<Object> taken(Taken taken) {
    switch (taken) {
      case WINDOW -> windows = Math.max(0, windows - 1);
      case ALL -> {
        windows = 0;
        inWindow = 0;
      }
    }
    return pass();
  }

  private Behavior<Object> pass() {
    while (windows < WINDOWS && !waiting.isEmpty()) {
      behind.tell(waiting.remove());
      inWindow++;
      if (inWindow == WINDOW) {
        inWindow = 0;
        windows++;
        behind.tell(marker);
      }
    }
    return Behaviors.same();
  }
}
