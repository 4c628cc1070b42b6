package dev.caviar.coordinator.api;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.caviar.coordinator.Coordinator;
import dev.caviar.coordinator.sweep.SweepActor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * WatchSweep for browsers, which have no gRPC: {@code GET
 * /v1/sweeps/{sweep_id}/stream?after=CURSOR&points=MOST}, server-sent events of {@link StreamJson},
 * each with the cursor after it as its id, until the sweep is over. A browser that asks again says
 * the last id it saw.
 *
 * <p>Nothing piles up for a slow browser: the sweep is asked for more only when what it said before
 * has left, and a few times in a second at most, so that of each trial's states in between only the
 * last is sent.
 */
final class SweepStream implements HttpService {
  /** Between two events, once a browser knows all there is. */
  static final Duration PACE = Duration.ofMillis(250);

  /** Of a curve, where the browser does not say. */
  static final int DEFAULT_POINTS = 200;

  private static final int MOST_POINTS = 5_000;

  private final Questions questions;

  SweepStream(Questions questions) {
    this.questions = questions;
  }

  @Override
  public HttpResponse serve(ServiceRequestContext context, HttpRequest request) {
    String sweepId = String.valueOf(context.pathParam("sweep_id"));
    long after;
    int points;
    try {
      after = number(context, "after", 0, 0, Long.MAX_VALUE);
      points = (int) number(context, "points", DEFAULT_POINTS, CurveThinning.FEWEST, MOST_POINTS);
    } catch (IllegalArgumentException e) {
      return ServerSecurity.refuse(
          request, Status.INVALID_ARGUMENT.withDescription(e.getMessage()), HttpStatus.BAD_REQUEST);
    }
    return HttpResponse.of(
        updates(sweepId, after)
            .handle(
                (first, failure) ->
                    failure == null
                        ? new Following(context, sweepId, points).begin(after, first)
                        : refuse(request, failure)));
  }

  private static long number(
      ServiceRequestContext context, String name, long absent, long least, long most) {
    String given = context.queryParam(name);
    if (given == null) {
      return absent;
    }
    try {
      long number = Long.parseLong(given);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new IllegalArgumentException(
        "%s must be a whole number from %d to %d, is %s".formatted(name, least, most, given));
  }

  private static HttpResponse refuse(HttpRequest request, Throwable failure) {
    Status status = Failures.status(failure).getStatus();
    return ServerSecurity.refuse(
        request,
        status,
        switch (status.getCode()) {
          case NOT_FOUND -> HttpStatus.NOT_FOUND;
          case UNAVAILABLE, DEADLINE_EXCEEDED -> HttpStatus.SERVICE_UNAVAILABLE;
          default -> HttpStatus.INTERNAL_SERVER_ERROR;
        });
  }

  private CompletionStage<SweepActor.Updates> updates(String sweepId, long after) {
    try {
      return questions.watch(replyTo -> new Coordinator.Watch(sweepId, after, replyTo));
    } catch (StatusRuntimeException standby) {
      return CompletableFuture.failedFuture(standby);
    }
  }

  /** One browser. */
  private final class Following {
    private final ServiceRequestContext context;
    private final String sweepId;
    private final int points;
    private final HttpResponseWriter writer = HttpResponse.streaming();

    Following(ServiceRequestContext context, String sweepId, int points) {
      this.context = context;
      this.sweepId = sweepId;
      this.points = points;
    }

    HttpResponse begin(long after, SweepActor.Updates first) {
      writer.write(
          ResponseHeaders.builder(HttpStatus.OK)
              .contentType(MediaType.EVENT_STREAM)
              .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
              .set(HttpHeaderNames.X_CONTENT_TYPE_OPTIONS, "nosniff")
              .build());
      send(after, first);
      return writer;
    }

    private void ask(long after) {
      if (writer.isOpen()) {
        updates(sweepId, after)
            .whenComplete(
                (updates, failure) -> {
                  if (failure == null) {
                    send(after, updates);
                  } else {
                    // The browser asks again, and then hears why in an answer of its own.
                    writer.close();
                  }
                });
      }
    }

    private void send(long after, SweepActor.Updates updates) {
      long cursor = updates.updates().isEmpty() ? after : updates.updates().getLast().getCursor();
      if (!writer.tryWrite(HttpData.ofUtf8(event(cursor, updates)))) {
        return; // It has gone.
      }
      if (updates.over()) {
        writer.close();
        return;
      }
      long pause = updates.caughtUp() ? PACE.toMillis() : 0;
      var _ = writer.whenConsumed().thenRun(() -> askLater(cursor, pause));
    }

    private void askLater(long cursor, long pauseMillis) {
      var _ = context.eventLoop().schedule(() -> ask(cursor), pauseMillis, TimeUnit.MILLISECONDS);
    }

    private String event(long cursor, SweepActor.Updates updates) {
      // A comment tells that there is nothing new, and that the coordinator lives.
      return updates.updates().isEmpty() && !updates.over()
          ? ": nothing new\n\n"
          : "id: " + cursor + "\ndata: " + StreamJson.write(updates, points) + "\n\n";
    }
  }
}
