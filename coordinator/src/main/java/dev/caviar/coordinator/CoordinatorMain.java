package dev.caviar.coordinator;

import dev.caviar.coordinator.store.StoreException;
import java.util.concurrent.CompletionException;

/** A coordinator on its own, configured by its environment. */
public final class CoordinatorMain {
  private CoordinatorMain() {}

  public static void main(String[] args) {
    try {
      CoordinatorNode.start(CoordinatorSettings.load()).whenTerminated().join();
    } catch (IllegalArgumentException | StoreException | CompletionException e) {
      Throwable cause = e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
      System.err.println("The coordinator cannot start: " + cause.getMessage());
      System.exit(1);
    }
  }
}
