package dev.caviar.cluster;

import java.util.function.Supplier;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Shows what the containers printed when a test fails. */
record LastLines(Supplier<Cluster> cluster) implements TestExecutionExceptionHandler {
  private static final Logger log = LoggerFactory.getLogger(LastLines.class);

  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    log.error("{} failed; last lines:\n{}", context.getDisplayName(), cluster.get().lastLines());
    throw failure;
  }
}
