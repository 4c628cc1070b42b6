package dev.caviar.coordinator.api;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * One watcher. It asks for more only when the client has taken what it was sent, so that nothing
 * piles up for a slow one.
 *
 * @param <C> a cursor: up to where it has seen
 * @param <T> what it is sent
 */
final class Watching<C, T> {
  /**
   * What is new.
   *
   * @param cursor after these
   * @param over whether nothing more is to come
   */
  record News<C, T>(List<T> updates, C cursor, boolean over) {}

  private final Function<C, CompletionStage<News<C, T>>> next;
  private final ServerCallStreamObserver<T> observer;
  private C cursor;
  private boolean asking;
  private boolean over;

  private Watching(
      C cursor, Function<C, CompletionStage<News<C, T>>> next, StreamObserver<T> observer) {
    this.cursor = cursor;
    this.next = next;
    this.observer = (ServerCallStreamObserver<T>) observer;
    this.observer.setOnCancelHandler(this::cancelled);
    this.observer.setOnReadyHandler(this::ask);
  }

  /**
   * Sends a client all that is new until nothing more is to come.
   *
   * @param cursor what the client has seen
   * @param next asks for what came after a cursor
   */
  static <C, T> void start(
      C cursor, Function<C, CompletionStage<News<C, T>>> next, StreamObserver<T> observer) {
    new Watching<>(cursor, next, observer).ask();
  }

  private synchronized void cancelled() {
    over = true;
  }

  private synchronized void ask() {
    if (asking || over || !observer.isReady()) {
      return;
    }
    asking = true;
    CompletionStage<News<C, T>> news;
    try {
      news = next.apply(cursor);
    } catch (StatusRuntimeException standby) {
      fail(standby);
      return;
    }
    news.whenComplete(
        (found, failure) -> {
          if (failure == null) {
            send(found);
          } else {
            fail(failure);
          }
        });
  }

  private synchronized void send(News<C, T> news) {
    if (over) {
      return;
    }
    // Each may find the client ready again and ask, which is to wait until all are sent.
    news.updates().forEach(observer::onNext);
    cursor = news.cursor();
    asking = false;
    if (news.over()) {
      over = true;
      observer.onCompleted();
    } else {
      ask();
    }
  }

  private synchronized void fail(Throwable failure) {
    if (!over) {
      over = true;
      observer.onError(Failures.status(failure));
    }
  }
}
