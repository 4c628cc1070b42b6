package dev.caviar.coordinator.space;

import dev.caviar.coordinator.space.Hyperparameter.Bounds;
import dev.caviar.coordinator.space.Hyperparameter.Kind;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads values of hyperparameters, each by its own kind: an l2 of 1 is a real number although it is
 * written as a whole one. Reports values that are not legal, and returns null for them.
 */
final class ValueReader {
  private final Problems problems;
  private final Scalars scalars;

  ValueReader(Problems problems) {
    this.problems = problems;
    this.scalars = new Scalars(problems);
  }

  /** A value the hyperparameter can have. */
  @Nullable ParameterValue read(Hyperparameter hyperparameter, Node node, String what) {
    return switch (hyperparameter.kind()) {
      case Kind.RealNumber(Bounds bounds) -> {
        Double number = real(bounds, node, what);
        yield number == null ? null : new ParameterValue.Real(number);
      }
      case Kind.WholeNumber(long min, long max) -> {
        Long number = scalars.whole(node, what, min, max);
        yield number == null ? null : new ParameterValue.Whole(number);
      }
      case Kind.Word(var words) -> {
        String word = scalars.oneOf(node, what, words);
        yield word == null ? null : new ParameterValue.Text(word);
      }
      case Kind.YesNo() -> {
        Boolean flag = scalars.flag(node, what);
        yield flag == null ? null : new ParameterValue.Flag(flag);
      }
    };
  }

  private @Nullable Double real(Bounds bounds, Node node, String what) {
    Double number = scalars.number(node, what);
    return number != null && isLegal(number, bounds, node, what) ? number : null;
  }

  /** An end of a range of real numbers: legal, and on the scale. */
  @Nullable Double end(Bounds bounds, Scale scale, Node node, String what) {
    Double number = scalars.number(node, what);
    if (number == null) {
      return null;
    }
    String onScale = offScale(number, scale);
    if (onScale != null) {
      report(node, what, onScale, scale == Scale.LOG ? "1.0e-4" : "0.999");
      return null;
    }
    return isLegal(number, bounds, node, what) ? number : null;
  }

  /** An end of a range of whole numbers, likewise. */
  @Nullable Long end(Kind.WholeNumber kind, Scale scale, Node node, String what) {
    Long number = scalars.whole(node, what, Long.MIN_VALUE, kind.max());
    if (number == null) {
      return null;
    }
    String onScale = offScale(number, scale);
    if (onScale != null) {
      report(node, what, onScale, "1");
      return null;
    }
    return scalars.whole(node, what, kind.min(), kind.max());
  }

  private static @Nullable String offScale(double number, Scale scale) {
    return switch (scale) {
      case LINEAR -> null;
      case LOG -> number > 0 ? null : "must be above 0 on the log scale";
      case ONE_MINUS_LOG -> number < 1 ? null : "must be below 1 on the one_minus_log scale";
    };
  }

  private boolean isLegal(double number, Bounds bounds, Node node, String what) {
    if (bounds.contains(number)) {
      return true;
    }
    if (bounds.isWithin(number)) {
      boolean tooSmall = (float) number == 0;
      report(
          node,
          what,
          "must be %s for single precision, in which training computes"
              .formatted(
                  tooSmall
                      ? "above 1.0e-45"
                      : "below " + (bounds.max() == 1 ? "0.9999999" : "3.4e38")),
          tooSmall ? "1.0e-8" : "0.9");
    } else if (number >= bounds.max()) {
      report(node, what, "must be below " + plain(bounds.max()), "0.9");
    } else if (bounds.minIncluded()) {
      report(node, what, "must be at least " + plain(bounds.min()), plain(bounds.min()));
    } else {
      report(node, what, "must be above " + plain(bounds.min()), "1.0e-4");
    }
    return false;
  }

  private void report(Node node, String what, String rule, String instead) {
    problems.add(node, "%s %s, %s; try %s".formatted(what, rule, Scalars.is(node), instead));
  }

  private static String plain(double wholeNumber) {
    return Long.toString((long) wholeNumber);
  }
}
