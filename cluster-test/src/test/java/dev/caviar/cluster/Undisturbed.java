package dev.caviar.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
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
    // A long computation deserves the JVM's best compiler.
    try (GenericContainer<?> container = Cluster.idle().withEnv("CAVIAR_JAVA_OPTS", "")) {
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
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
