package dev.caviar.cli.remote;

/**
 * A coordinator cannot be reached, or does not do what it was asked. The message says what to do.
 */
public final class RemoteException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What a caller may do about it. */
  public enum Kind {
    /** None of the servers answered. */
    UNREACHABLE,
    /** A server answered that it does not know or does not admit this client. */
    REFUSED,
    /** The request is wrong: no such sweep, or nothing that can be done in its state. */
    WRONG_REQUEST,
    /** The coordinator failed at it. */
    FAILED
  }

  private final Kind kind;
  private final String reason;

  /**
   * @param reason what went wrong with the server that was asked last, in a few words
   */
  RemoteException(Kind kind, String reason, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.reason = reason;
  }

  /** What went wrong with the server that was asked last, in a few words. */
  public String reason() {
    return reason;
  }

  /** Which of them it is. */
  public Kind kind() {
    return kind;
  }
}
