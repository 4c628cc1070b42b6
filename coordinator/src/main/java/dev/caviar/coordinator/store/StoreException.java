package dev.caviar.coordinator.store;

/** A store that cannot be opened; the message says which, why, and what would help. */
public final class StoreException extends RuntimeException {
  StoreException(String message, Throwable cause) {
    super(message, cause);
  }

  StoreException(String message) {
    super(message);
  }
}
