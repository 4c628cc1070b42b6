package dev.caviar.worker.model;

/** A model that cannot be read, used or written. The message says which file and what is wrong. */
public final class ModelException extends RuntimeException {
  public ModelException(String message) {
    super(message);
  }

  public ModelException(String message, Throwable cause) {
    super(message, cause);
  }
}
