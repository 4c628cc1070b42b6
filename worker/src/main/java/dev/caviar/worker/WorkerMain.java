package dev.caviar.worker;

/** A worker on its own, configured by its environment. */
public final class WorkerMain {
  private WorkerMain() {}

  public static void main(String[] args) {
    try {
      WorkerNode.start(WorkerSettings.load()).whenTerminated().join();
    } catch (IllegalArgumentException e) {
      System.err.println("The worker cannot start: " + e.getMessage());
      System.exit(1);
    }
  }
}
