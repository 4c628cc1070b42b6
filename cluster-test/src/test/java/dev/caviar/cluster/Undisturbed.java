package dev.caviar.cluster;

import org.testcontainers.containers.GenericContainer;

/** The same sweep, run once in one process where nothing happens to it. */
final class Undisturbed {
  private static final class Run {
    private static final Outcome OUTCOME = run();
  }

  private Undisturbed() {}

  /** What it came to; computed at the first call. */
  static Outcome outcome() {
    return Run.OUTCOME;
  }

  private static Outcome run() {
    try (GenericContainer<?> container =
        Cluster.commandLine()
            .withCreateContainerCmdModifier(
                command -> command.withEntrypoint("sleep", "infinity").withCmd())) {
      container.start();
      var result =
          container.execInContainer(
              "/opt/caviar/bin/run-java",
              "dev.caviar.cli.Caviar",
              "run",
              Cluster.SWEEP,
              "--plain",
              "--results",
              "/tmp/undisturbed");
      if (result.getExitCode() != 0) {
        throw new IllegalStateException("caviar run failed:\n" + result.getStderr());
      }
      return Cluster.outcome(container, "/tmp/undisturbed");
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
