package dev.caviar.coordinator.space;

import dev.caviar.coordinator.space.Dimension.Test;
import dev.caviar.coordinator.space.ParameterValue.Flag;
import dev.caviar.coordinator.space.ParameterValue.Real;
import dev.caviar.coordinator.space.ParameterValue.Text;
import dev.caviar.coordinator.space.ParameterValue.Whole;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The hyperparameters a sweep file can name, in the order in which trials list them. Each knows
 * what it is, what it may be, what it is unless the file says, and which other parameter has to
 * have which value for it to matter.
 */
// The fields are records that copy their lists, which the checker cannot see through interfaces.
@SuppressWarnings("ImmutableEnumChecker")
public enum Hyperparameter {
  LEARNING_RATE("α, how far a step goes", real(Bounds.above(0)), new Real(0.01)),
  LEARNING_RATE_DECAY(
      "how fast α shrinks: α = α₀ / (1 + decay · epoch), the first epoch being 0",
      real(Bounds.atLeast(0)),
      new Real(0)),
  BATCH_SIZE("examples in a mini-batch", whole(1, 1_000_000), new Whole(64)),
  OPTIMIZER(
      "the rule by which gradients become steps",
      words("sgd", "momentum", "rmsprop", "adam"),
      new Text("adam")),
  MOMENTUM(
      "β of gradient descent with momentum",
      real(Bounds.fraction()),
      new Real(0.9),
      "optimizer",
      new Text("momentum")),
  BETA1(
      "Adam's β₁, of the moving mean of gradients",
      real(Bounds.fraction()),
      new Real(0.9),
      "optimizer",
      new Text("adam")),
  BETA2(
      "β₂ of Adam and RMSprop, of the moving mean of squared gradients",
      real(Bounds.fraction()),
      new Real(0.999),
      "optimizer",
      new Text("rmsprop"),
      new Text("adam")),
  EPSILON(
      "what Adam and RMSprop add to the root they divide by",
      real(Bounds.above(0)),
      new Real(1e-8),
      "optimizer",
      new Text("rmsprop"),
      new Text("adam")),
  HIDDEN_LAYERS("layers between inputs and outputs", whole(0, 20), new Whole(1)),
  HIDDEN_UNITS("units of a hidden layer", whole(1, 100_000), new Whole(50)),
  ACTIVATION(
      "what hidden units do to their weighted sum",
      words("sigmoid", "tanh", "relu"),
      new Text("relu")),
  BATCH_NORM("whether hidden layers normalise over the mini-batch", flag(), new Flag(true)),
  BATCH_NORM_MOMENTUM(
      "how much of the running mean and variance a mini-batch keeps",
      real(Bounds.fraction()),
      new Real(0.9),
      "batch_norm",
      new Flag(true)),
  BATCH_NORM_EPSILON(
      "what batch norm adds to a variance before its root is taken",
      real(Bounds.above(0)),
      new Real(1e-5),
      "batch_norm",
      new Flag(true)),
  L2("λ, the weight of the squared weights in the loss", real(Bounds.atLeast(0)), new Real(0)),
  DROPOUT(
      "the fraction of hidden units left out at each step", real(Bounds.fraction()), new Real(0)),
  EPOCHS("passes over the training examples", whole(1, 1_000_000), new Whole(20));

  /** What sort of value a hyperparameter has, and which of those are legal. */
  public sealed interface Kind {
    /** Real numbers within bounds. */
    record RealNumber(Bounds bounds) implements Kind {}

    /** Whole numbers, both ends included. */
    record WholeNumber(long min, long max) implements Kind {}

    /** One of some words. */
    record Word(List<String> words) implements Kind {}

    /** True or false. */
    record YesNo() implements Kind {}
  }

  /**
   * Where a real number may lie.
   *
   * @param minIncluded whether min itself is legal; max never is
   */
  public record Bounds(double min, boolean minIncluded, double max) {
    static Bounds above(double min) {
      return new Bounds(min, false, Double.POSITIVE_INFINITY);
    }

    static Bounds atLeast(double min) {
      return new Bounds(min, true, Double.POSITIVE_INFINITY);
    }

    static Bounds fraction() {
      return new Bounds(0, true, 1);
    }

    /** Whether a number is legal, also rounded to single precision, in which training computes. */
    public boolean contains(double x) {
      return isWithin(x) && isWithin((float) x);
    }

    boolean isWithin(double x) {
      return (minIncluded ? x >= min : x > min) && x < max;
    }
  }

  private static final Map<String, Hyperparameter> BY_NAME =
      Arrays.stream(values())
          .collect(Collectors.toUnmodifiableMap(Hyperparameter::key, Function.identity()));

  private final String key;
  private final String meaning;
  private final Kind kind;
  private final ParameterValue standard;
  private final @Nullable Test usedWhen;

  Hyperparameter(String meaning, Kind kind, ParameterValue standard) {
    this.key = keyOf(name());
    this.meaning = meaning;
    this.kind = kind;
    this.standard = standard;
    this.usedWhen = null;
  }

  Hyperparameter(
      String meaning,
      Kind kind,
      ParameterValue standard,
      String subject,
      ParameterValue... subjectValues) {
    this.key = keyOf(name());
    this.meaning = meaning;
    this.kind = kind;
    this.standard = standard;
    this.usedWhen = new Test(subject, List.of(subjectValues));
  }

  private static String keyOf(String constant) {
    return constant.toLowerCase(Locale.ROOT);
  }

  private static Kind real(Bounds bounds) {
    return new Kind.RealNumber(bounds);
  }

  private static Kind whole(long min, long max) {
    return new Kind.WholeNumber(min, max);
  }

  private static Kind words(String... words) {
    return new Kind.Word(List.of(words));
  }

  private static Kind flag() {
    return new Kind.YesNo();
  }

  /** The hyperparameter a sweep file calls by this name. */
  public static Optional<Hyperparameter> named(String name) {
    return Optional.ofNullable(BY_NAME.get(name));
  }

  /** Its name in sweep files and in trials, such as {@code learning_rate}. */
  public String key() {
    return key;
  }

  /** What it is, in a few words. */
  public String meaning() {
    return meaning;
  }

  public Kind kind() {
    return kind;
  }

  /** Its value where the sweep file says nothing. Of hidden_units, that of each layer. */
  public ParameterValue standard() {
    return standard;
  }

  /**
   * What has to hold for this parameter to change anything, as momentum does with the optimizer
   * momentum alone; null: it always matters.
   */
  public @Nullable Test usedWhen() {
    return usedWhen;
  }

  /**
   * Whether a network that is being trained can go on with another value: its weights stay what
   * they are, and what the optimizer remembers of them too.
   */
  public boolean changeableInTraining() {
    return switch (this) {
      case LEARNING_RATE,
          LEARNING_RATE_DECAY,
          BATCH_SIZE,
          MOMENTUM,
          BETA1,
          BETA2,
          EPSILON,
          BATCH_NORM_MOMENTUM,
          BATCH_NORM_EPSILON,
          L2,
          DROPOUT ->
          true;
      case OPTIMIZER, HIDDEN_LAYERS, HIDDEN_UNITS, ACTIVATION, BATCH_NORM, EPOCHS -> false;
    };
  }

  /** All names, in the order of the catalog. */
  static Stream<String> keys() {
    return Arrays.stream(values()).map(Hyperparameter::key);
  }
}
