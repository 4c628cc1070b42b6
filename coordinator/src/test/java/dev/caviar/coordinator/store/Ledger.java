package dev.caviar.coordinator.store;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.SupervisorStrategy;
import akka.pattern.StatusReply;
import akka.persistence.typed.PersistenceId;
import akka.persistence.typed.javadsl.CommandHandler;
import akka.persistence.typed.javadsl.EventHandler;
import akka.persistence.typed.javadsl.EventSourcedBehavior;
import akka.persistence.typed.javadsl.RetentionCriteria;
import dev.caviar.coordinator.sweep.SweepEvent;
import dev.caviar.proto.v1.StoredTrial;
import dev.caviar.proto.v1.SweepSnapshot;
import java.time.Duration;
import java.util.List;

/** A sweep that knows only which trials were sampled: enough to try a journal with. */
final class Ledger extends EventSourcedBehavior<Ledger.Command, SweepEvent, SweepSnapshot> {
  sealed interface Command {}

  /** Answered when they are journalled. */
  record Append(List<SweepEvent> events, ActorRef<StatusReply<Done>> replyTo) implements Command {}

  record Get(ActorRef<SweepSnapshot> replyTo) implements Command {}

  private final int snapshotEvery;

  private Ledger(String id, int snapshotEvery) {
    super(
        PersistenceId.of("Ledger", id),
        SupervisorStrategy.restartWithBackoff(Duration.ofMillis(100), Duration.ofSeconds(1), 0));
    this.snapshotEvery = snapshotEvery;
  }

  /**
   * @param snapshotEvery so many events; 0: never
   */
  static Behavior<Command> create(String id, int snapshotEvery) {
    return new Ledger(id, snapshotEvery);
  }

  @Override
  public SweepSnapshot emptyState() {
    return SweepSnapshot.getDefaultInstance();
  }

  @Override
  public CommandHandler<Command, SweepEvent, SweepSnapshot> commandHandler() {
    return newCommandHandlerBuilder()
        .forAnyState()
        .onCommand(
            Append.class,
            append ->
                Effect()
                    .persist(append.events())
                    .thenReply(append.replyTo(), state -> StatusReply.ack()))
        .onCommand(Get.class, (state, get) -> Effect().reply(get.replyTo(), state))
        .build();
  }

  @Override
  public EventHandler<SweepSnapshot, SweepEvent> eventHandler() {
    return (state, event) ->
        event instanceof SweepEvent.TrialSampled sampled
            ? state.toBuilder()
                .addTrials(
                    StoredTrial.newBuilder()
                        .setNumber(sampled.trial())
                        .setPoint(JournalMessages.message(sampled.point())))
                .build()
            : state;
  }

  @Override
  public RetentionCriteria retentionCriteria() {
    return snapshotEvery == 0
        ? RetentionCriteria.disabled()
        : RetentionCriteria.snapshotEvery(snapshotEvery, 2);
  }
}
