package dev.caviar.coordinator.api;

import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** What a server answers, and how it ends. */
final class Collected<Q, A> implements ClientResponseObserver<Q, A> {
  final List<A> answers = new CopyOnWriteArrayList<>();
  private final CompletableFuture<Status> end = new CompletableFuture<>();
  private final CompletableFuture<ClientCallStreamObserver<Q>> call = new CompletableFuture<>();
  private final int asked;

  private Collected(int asked) {
    this.asked = asked;
  }

  /** All that comes, as it comes. */
  static <Q, A> Collected<Q, A> eagerly() {
    return new Collected<>(Integer.MAX_VALUE);
  }

  /** So many, and no more until {@link #call} is asked for more. */
  static <Q, A> Collected<Q, A> slowly(int asked) {
    return new Collected<>(asked);
  }

  ClientCallStreamObserver<Q> call() {
    return call.join();
  }

  /** How it ended; waits for that. */
  Status end() throws Exception {
    return end.get(30, TimeUnit.SECONDS);
  }

  boolean hasEnded() {
    return end.isDone();
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<Q> started) {
    if (asked < Integer.MAX_VALUE) {
      started.disableAutoRequestWithInitial(asked);
    }
    call.complete(started);
  }

  @Override
  public void onNext(A answer) {
    answers.add(answer);
  }

  @Override
  public void onError(Throwable error) {
    end.complete(Status.fromThrowable(error));
  }

  @Override
  public void onCompleted() {
    end.complete(Status.OK);
  }
}
