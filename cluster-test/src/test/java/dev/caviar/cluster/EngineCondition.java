package dev.caviar.cluster;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** See {@link NeedsContainers}. */
final class EngineCondition implements ExecutionCondition {
  private static final Logger log = LoggerFactory.getLogger(EngineCondition.class);

  private static final Optional<String> MISSING = missing();

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    if (MISSING.isEmpty()) {
      return ConditionEvaluationResult.enabled("engine and images are there");
    }
    String missing = MISSING.get();
    if ("true".equals(System.getenv("CI"))) {
      throw new IllegalStateException(missing + "; with CI=true that is an error");
    }
    log.warn("{} is skipped: {}", context.getDisplayName(), missing);
    return ConditionEvaluationResult.disabled(missing);
  }

  /** Asked by Docker's own command: Testcontainers' search for an engine can take minutes. */
  private static Optional<String> missing() {
    if (!succeeds("docker", "info")) {
      return Optional.of("no Docker engine answers (containers/engine.sh can start one)");
    }
    List<String> images =
        Stream.of(Cluster.COORDINATOR_IMAGE, Cluster.WORKER_IMAGE, Cluster.CLI_IMAGE)
            .filter(image -> !succeeds("docker", "image", "inspect", image))
            .toList();
    return images.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "no image " + String.join(", ", images) + " (containers/build.sh builds them)");
  }

  private static boolean succeeds(String... command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (process.waitFor(30, TimeUnit.SECONDS)) {
        return process.exitValue() == 0;
      }
      process.destroyForcibly();
      return false;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
