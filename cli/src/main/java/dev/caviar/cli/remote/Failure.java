package dev.caviar.cli.remote;

import com.linecorp.armeria.client.UnprocessedRequestException;
import dev.caviar.cli.remote.RemoteException.Kind;
import io.grpc.StatusRuntimeException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Why a call to one server came to nothing.
 *
 * @param https whether the connection was to be encrypted
 */
record Failure(ServerAddress server, boolean https, StatusRuntimeException error) {
  /** Whether another server, or the same one later, may do it. */
  boolean mayPass() {
    return switch (error.getStatus().getCode()) {
      case UNAVAILABLE, DEADLINE_EXCEEDED -> true;
      // A connection that breaks under a call is told in different ways.
      case CANCELLED, UNKNOWN, INTERNAL, ABORTED -> error.getCause() != null;
      default -> false;
    };
  }

  /** Whether the server cannot have done what it was asked. */
  boolean neverBegun() {
    return cause(UnprocessedRequestException.class) != null
        || (error.getCause() == null
            && error.getStatus().getCode() == io.grpc.Status.Code.UNAVAILABLE);
  }

  /** What went wrong, in a few words. */
  String reason() {
    if (cause(UnknownHostException.class) != null) {
      return "there is no host of that name";
    }
    SSLException tls = cause(SSLException.class);
    if (tls != null) {
      return https
          ? "its certificate is not trusted: " + tls.getMessage()
          : "it does not speak as expected: " + tls.getMessage();
    }
    ConnectException refused = cause(ConnectException.class);
    if (refused != null) {
      String message = String.valueOf(refused.getMessage());
      return message.contains("timed out") ? "it does not answer" : "nothing listens there";
    }
    if (error.getStatus().getCode() == io.grpc.Status.Code.DEADLINE_EXCEEDED) {
      return "it did not answer in time";
    }
    if (error.getCause() != null) {
      return "the connection broke";
    }
    String said = error.getStatus().getDescription();
    return said == null || said.isBlank() ? error.getStatus().getCode().name() : said;
  }

  private <T extends Throwable> @Nullable T cause(Class<T> type) {
    for (Throwable cause = error.getCause(); cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return type.cast(cause);
      }
    }
    return null;
  }

  /** For a failure that no other server would mend. */
  RemoteException toException() {
    String said = error.getStatus().getDescription();
    String reason = said == null || said.isBlank() ? error.getStatus().getCode().name() : said;
    return switch (error.getStatus().getCode()) {
      case UNAUTHENTICATED ->
          new RemoteException(
              Kind.REFUSED,
              reason,
              server
                  + " does not know this client: "
                  + reason
                  + "\nName the file with the cluster's token by --token-file, CAVIAR_TOKEN_FILE or"
                  + " token-file in the config file.",
              error);
      case PERMISSION_DENIED ->
          new RemoteException(
              Kind.REFUSED,
              reason,
              server
                  + " does not allow this: "
                  + reason
                  + "\nAsk the cluster's operator for a token that does.",
              error);
      case UNIMPLEMENTED ->
          new RemoteException(
              Kind.REFUSED,
              reason,
              server
                  + " does not know this request: "
                  + reason
                  + "\nIt may be another program, or a coordinator of another version.",
              error);
      case NOT_FOUND,
          INVALID_ARGUMENT,
          FAILED_PRECONDITION,
          ALREADY_EXISTS,
          OUT_OF_RANGE,
          RESOURCE_EXHAUSTED ->
          new RemoteException(Kind.WRONG_REQUEST, reason, reason, error);
      default ->
          new RemoteException(
              Kind.FAILED,
              reason,
              "The coordinator at " + server + " failed at it: " + reason + "; its log says more.",
              error);
    };
  }

  /** For a call that may or may not have been done. */
  RemoteException lost() {
    return new RemoteException(
        Kind.UNREACHABLE,
        reason(),
        "The connection to "
            + server
            + " broke before it answered: "
            + reason()
            + "\nIt may have done what it was asked: look with `caviar list` before asking again.",
        error);
  }

  /** For a call that none of the servers would take. */
  static RemoteException unreachable(List<Failure> failures, ConnectionSettings settings) {
    String each =
        failures.stream()
            .map(failure -> "  " + failure.server() + ": " + failure.reason())
            .collect(Collectors.joining("\n"));
    String hint =
        settings.source().isEmpty()
            ? "Name the coordinator by --server HOST:PORT, CAVIAR_SERVER or a config file; `caviar"
                + " run` needs none."
            : "These are from "
                + settings.source()
                + ". Is the coordinator running, and does it use "
                + (settings.tls()
                    ? "TLS with a certificate of that CA?"
                    : "no TLS? With TLS it needs --ca-file.");
    return new RemoteException(
        Kind.UNREACHABLE,
        failures.getLast().reason(),
        "No coordinator can be reached:\n" + each + "\n" + hint,
        failures.getLast().error());
  }
}
