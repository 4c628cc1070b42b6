package dev.caviar.cli;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;

/** What a {@link SweepClient} answers, for commands that have nothing to do meanwhile. */
public final class Answers {
  private Answers() {}

  /** Waits for it; throws what the client failed with. */
  public static <T> T await(CompletionStage<T> stage) throws Exception {
    try {
      return stage.toCompletableFuture().get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }
}
