package dev.caviar.cli.remote;

import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One watch of a sweep or a panda, over as many connections as it takes: when one breaks, the next
 * begins after the last update seen.
 */
final class Watching<U> {
  /** What is watched, and how far it was seen. */
  interface Updates<U> {
    /** What comes after the last update that was taken. */
    Iterator<U> open(GrpcSweepClient.Server server);

    void take(U update);

    /** Whether, by what was taken, nothing more will come. */
    boolean over();
  }

  private static final Duration FIRST_DELAY = Duration.ofMillis(500);
  private static final Duration LONGEST_DELAY = Duration.ofSeconds(10);

  private final GrpcSweepClient client;
  private final Updates<U> updates;
  private final Consumer<String> onNote;
  // Attempts in a row that brought nothing.
  private int failures;

  Watching(GrpcSweepClient client, Updates<U> updates, Consumer<String> onNote) {
    this.client = client;
    this.updates = updates;
    this.onNote = onNote;
  }

  /**
   * Returns when what is watched is over.
   *
   * @throws RemoteException if it makes no sense to go on trying
   */
  void run() {
    while (!client.isClosed()) {
      GrpcSweepClient.Server server = client.presentServer();
      @Nullable Failure failure = null;
      try {
        follow(server);
        // A coordinator that shuts down in good order may end a stream as if all were said.
        if (updates.over()) {
          return;
        }
      } catch (StatusRuntimeException e) {
        failure = client.failure(server, e);
        if (isFinal(failure)) {
          throw failure.toException();
        }
      }
      failures++;
      say(server, failure);
      client.tryNextServer();
      // One round over all servers without a pause: one of them has taken over, perhaps.
      if (failures % client.serverCount() == 0) {
        pause();
      }
    }
    throw new CancellationException("the client is closed");
  }

  private void follow(GrpcSweepClient.Server server) {
    // Cancelled when left by an exception of a consumer, so that the server hears of it.
    Context.CancellableContext context = Context.current().withCancellation();
    Context previous = context.attach();
    try {
      Iterator<U> coming = updates.open(server);
      while (coming.hasNext()) {
        U update = coming.next();
        if (failures > 0) {
          failures = 0;
          onNote.accept("Connected again, to " + server.address() + ".");
        }
        updates.take(update);
      }
    } finally {
      context.detach(previous);
      context.close();
    }
  }

  /** All else may pass: whoever watches for days does not want to have to begin anew. */
  private static boolean isFinal(Failure failure) {
    return switch (failure.error().getStatus().getCode()) {
      case NOT_FOUND, UNAUTHENTICATED, PERMISSION_DENIED, INVALID_ARGUMENT, UNIMPLEMENTED -> true;
      default -> false;
    };
  }

  private void say(GrpcSweepClient.Server server, @Nullable Failure failure) {
    String reason = failure == null ? "it ended the watch" : failure.reason();
    if (failures == 1) {
      onNote.accept(
          "Lost the coordinator at " + server.address() + ": " + reason + ". Trying again ...");
    } else if (failures % (20 * client.serverCount()) == 0) {
      onNote.accept("Still no coordinator at " + server.address() + ": " + reason + ".");
    }
  }

  private void pause() {
    int rounds = failures / client.serverCount();
    long longest =
        Math.min(LONGEST_DELAY.toMillis(), FIRST_DELAY.toMillis() << Math.min(rounds - 1, 10));
    // Not all watchers of a coordinator that comes back should come at the same moment.
    long delay = longest / 2 + ThreadLocalRandom.current().nextLong(longest / 2 + 1);
    try {
      Thread.sleep(delay);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("the client is closed");
    }
  }
}
