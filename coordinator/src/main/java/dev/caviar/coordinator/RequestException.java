package dev.caviar.coordinator;

/** A request that cannot be granted; the message says why, and what would be right. */
public final class RequestException extends RuntimeException {
  /** What is wrong with the request, in the words of gRPC. */
  public enum Code {
    INVALID_ARGUMENT,
    NOT_FOUND,
    /** Not now, or not any more: pausing a sweep that is over. */
    FAILED_PRECONDITION
  }

  private final Code code;

  public RequestException(Code code, String message) {
    super(message);
    this.code = code;
  }

  /** For clients that are programs. */
  public Code code() {
    return code;
  }
}
