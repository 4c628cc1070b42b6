package dev.caviar.coordinator.api;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.AskPattern;
import akka.japi.function.Function;
import akka.pattern.StatusReply;
import dev.caviar.coordinator.Coordinator;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * Asks the active coordinator, with so much patience, and measures how long it takes. Each question
 * throws what {@link ActiveCoordinator#get} throws.
 */
record Questions(
    ActiveCoordinator active,
    ActorSystem<?> system,
    CoordinatorMetrics metrics,
    Duration patience) {

  /** How long an answer may take before the client is told so. */
  static final Duration STANDARD = Duration.ofSeconds(15);

  /** Longer than a sweep or a panda keeps a watcher waiting. */
  static final Duration WATCHING = Duration.ofSeconds(30);

  <T> CompletionStage<T> ask(String name, Function<ActorRef<T>, Coordinator.Command> message) {
    return metrics.timed(name, AskPattern.ask(active.get(), message, patience, system.scheduler()));
  }

  <T> CompletionStage<T> askWithStatus(
      String name, Function<ActorRef<StatusReply<T>>, Coordinator.Command> message) {
    return metrics.timed(
        name, AskPattern.askWithStatus(active.get(), message, patience, system.scheduler()));
  }

  CompletionStage<Done> done(
      String name, Function<ActorRef<StatusReply<Done>>, Coordinator.Command> message) {
    return askWithStatus(name, message);
  }

  /** One step of watching, which may wait for news and is not measured. */
  <T> CompletionStage<T> watch(Function<ActorRef<StatusReply<T>>, Coordinator.Command> message) {
    return AskPattern.askWithStatus(active.get(), message, WATCHING, system.scheduler());
  }

  static <T> void answer(StreamObserver<T> observer, CompletionStage<? extends T> answer) {
    answer.whenComplete(
        (value, failure) -> {
          if (failure != null) {
            observer.onError(Failures.status(failure));
          } else {
            observer.onNext(value);
            observer.onCompleted();
          }
        });
  }
}
