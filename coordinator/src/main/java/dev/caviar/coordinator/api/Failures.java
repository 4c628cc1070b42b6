package dev.caviar.coordinator.api;

import dev.caviar.coordinator.RequestException;
import dev.caviar.coordinator.store.BlobStore;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What went wrong, in gRPC's words. */
final class Failures {
  private static final Logger log = LoggerFactory.getLogger(Failures.class);

  private Failures() {}

  static StatusRuntimeException status(Throwable failure) {
    return switch (failure) {
      case CompletionException wrapped when wrapped.getCause() != null ->
          status(wrapped.getCause());
      case StatusRuntimeException already -> already;
      case RequestException refused ->
          code(refused.code()).withDescription(refused.getMessage()).asRuntimeException();
      case BlobStore.NoSuchBlobException missing ->
          Status.NOT_FOUND.withDescription(missing.getMessage()).asRuntimeException();
      case BlobStore.BlobTooLargeException large ->
          Status.RESOURCE_EXHAUSTED.withDescription(large.getMessage()).asRuntimeException();
      case TimeoutException late ->
          Status.DEADLINE_EXCEEDED
              .withDescription(
                  "the coordinator did not answer in time; it may be recovering or overloaded")
              .asRuntimeException();
      default -> {
        log.warn("A request failed", failure);
        yield Status.INTERNAL
            .withDescription(String.valueOf(failure.getMessage()))
            .asRuntimeException();
      }
    };
  }

  private static Status code(RequestException.Code code) {
    return switch (code) {
      case INVALID_ARGUMENT -> Status.INVALID_ARGUMENT;
      case NOT_FOUND -> Status.NOT_FOUND;
      case FAILED_PRECONDITION -> Status.FAILED_PRECONDITION;
    };
  }
}
