package dev.caviar.coordinator.api;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.pubsub.Topic;
import java.time.Duration;

/**
 * One on each node of a cluster: while the active coordinator is here it tells the others this
 * node's address, and otherwise it hears it from them, for those whom this node sends on.
 */
public final class ActiveAddress {
  /** What this actor can be told. */
  public sealed interface Command {}

  private record Heard(String address) implements Command {}

  private enum Tick implements Command {
    SAY_IT
  }

  private enum Silence implements Command {
    FORGET_IT
  }

  private static final Duration INTERVAL = Duration.ofSeconds(2);

  /** Several were missed: it has gone, and who takes its place is not known yet. */
  private static final Duration SILENCE = Duration.ofSeconds(7);

  private ActiveAddress() {}

  /**
   * Speaks and listens for as long as the node is up.
   *
   * @param address this node's HOST:PORT for workers and clients; empty: not known
   */
  public static Behavior<Command> create(String address, ActiveCoordinator active) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  ActorRef<Topic.Command<String>> topic =
                      context.spawn(Topic.create(String.class, "active-coordinator"), "topic");
                  topic.tell(Topic.subscribe(context.messageAdapter(String.class, Heard::new)));
                  timers.startTimerWithFixedDelay(Tick.SAY_IT, Duration.ZERO, INTERVAL);
                  return Behaviors.receive(Command.class)
                      .onMessage(
                          Heard.class,
                          heard -> {
                            active.elsewhere(heard.address());
                            timers.startSingleTimer(Silence.FORGET_IT, SILENCE);
                            return Behaviors.same();
                          })
                      .onMessage(
                          Tick.class,
                          tick -> {
                            if (active.isHere() && !address.isEmpty()) {
                              topic.tell(Topic.publish(address));
                            }
                            return Behaviors.same();
                          })
                      .onMessage(
                          Silence.class,
                          silence -> {
                            active.elsewhere("");
                            return Behaviors.same();
                          })
                      .build();
                }));
  }
}
