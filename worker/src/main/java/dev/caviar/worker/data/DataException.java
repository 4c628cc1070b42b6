package dev.caviar.worker.data;

/** Data that cannot be used. The message says which file, where in it, and what is wrong. */
public final class DataException extends RuntimeException {
  public DataException(String message) {
    super(message);
  }

  public DataException(String message, Throwable cause) {
    super(message, cause);
  }
}
