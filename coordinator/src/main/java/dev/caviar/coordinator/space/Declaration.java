package dev.caviar.coordinator.space;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;

/** What the file says of one hyperparameter. */
sealed interface Declaration {
  Hyperparameter hyperparameter();

  /** Where it stands. */
  Node at();

  /**
   * Named, but wrong in itself, which is reported. Keeps checks between parameters from taking it
   * for left out.
   */
  record Broken(Hyperparameter hyperparameter, Node at, @Nullable Node when)
      implements Declaration {}

  /** To be sampled; {@code when} is still as it was written. */
  record Sampled(
      Hyperparameter hyperparameter,
      Node at,
      Domain domain,
      boolean perLayer,
      @Nullable Node when,
      @Nullable Integer gridPoints,
      @Nullable Domain mayWiden)
      implements Declaration {
    String name() {
      return hyperparameter.key();
    }

    /** The most it can be, for a domain of whole numbers. */
    long greatest() {
      return Math.max(greatest(domain), mayWiden == null ? 0 : greatest(mayWiden));
    }

    private static long greatest(Domain domain) {
      return switch (domain) {
        case Domain.WholeRange range -> range.max();
        case Domain.RealRange range -> (long) range.max();
        case Domain.Choices choices ->
            choices.values().stream()
                .mapToLong(value -> value instanceof ParameterValue.Whole(long n) ? n : 0)
                .max()
                .orElse(0);
      };
    }
  }

  /**
   * The same in every trial.
   *
   * @param values one, or one for each layer
   */
  record Constant(
      Hyperparameter hyperparameter, Node at, List<ParameterValue> values, boolean perLayer)
      implements Declaration {
    public Constant {
      values = List.copyOf(values);
    }
  }
}
