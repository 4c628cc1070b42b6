package dev.caviar.coordinator.space;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * Reads single values. Each method returns null if the value is not what it should be, and reports
 * that; {@code what} names the value at the start of the message, as in {@code "data: dev"}.
 */
final class Scalars {
  /** Unlike YAML 1.1, 1e-4 is as much a number as 1.0e-4; underscores make text. */
  private static final Pattern NUMBER =
      Pattern.compile("[-+]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][-+]?\\d+)?");

  private static final Pattern DIGITS = Pattern.compile("[-+]?\\d+");

  /** Up to here every whole double is the only one that its decimal form reads as. */
  private static final double EXACT = 0x1p53;

  private final Problems problems;

  Scalars(Problems problems) {
    this.problems = problems;
  }

  /** A finite number. */
  @Nullable Double number(Node node, String what) {
    Double number = parse(node);
    if (number == null) {
      problems.add(node, what + " must be a number, " + is(node));
    } else if (Double.isInfinite(number)) {
      problems.add(node, what + " is too large a number, " + is(node));
      return null;
    }
    return number;
  }

  /** A whole number from min to max, however it is written: 100, 1e2 and 100.0 are the same. */
  @Nullable Long whole(Node node, String what, long min, long max) {
    Double number = parse(node);
    if (number == null || number != Math.rint(number)) {
      problems.add(node, what + " must be a whole number, " + is(node));
      return null;
    }
    Long whole = exact((ScalarNode) node, number);
    if (number < min || (whole != null && whole < min)) {
      problems.add(node, "%s must be at least %d, %s".formatted(what, min, is(node)));
      return null;
    }
    if (whole == null || whole > max) {
      problems.add(node, "%s must be at most %d, %s".formatted(what, max, is(node)));
      return null;
    }
    return whole;
  }

  /** As {@link #whole(Node, String, long, long)}; where there is none, the standard. */
  @Nullable Long whole(@Nullable Node node, String what, long standard, long min, long max) {
    return node == null ? (Long) standard : whole(node, what, min, max);
  }

  private static @Nullable Long exact(ScalarNode node, double number) {
    if (DIGITS.matcher(node.getValue()).matches()) {
      try {
        return Long.valueOf(node.getValue());
      } catch (NumberFormatException e) {
        return null;
      }
    }
    return Math.abs(number) <= EXACT ? (Long) (long) number : null;
  }

  @Nullable Boolean flag(Node node, String what) {
    if (node instanceof ScalarNode scalar && scalar.isPlain()) {
      if (scalar.getValue().equals("true")) {
        return true;
      }
      if (scalar.getValue().equals("false")) {
        return false;
      }
    }
    problems.add(node, what + " must be true or false, " + is(node));
    return null;
  }

  /** As {@link #flag(Node, String)}; where there is none, the standard. */
  @Nullable Boolean flag(@Nullable Node node, String what, boolean standard) {
    return node == null ? (Boolean) standard : flag(node, what);
  }

  /** Any text that is not empty; numbers too are text. */
  @Nullable String text(Node node, String what) {
    if (node instanceof ScalarNode scalar && !scalar.getValue().isEmpty()) {
      return scalar.getValue();
    }
    problems.add(node, what + " must be text, " + is(node));
    return null;
  }

  @Nullable String oneOf(Node node, String what, List<String> words) {
    if (node instanceof ScalarNode scalar) {
      if (words.contains(scalar.getValue())) {
        return scalar.getValue();
      }
      String nearest =
          NearestName.to(scalar.getValue(), words)
              .map(meant -> "; did you mean " + meant + "?")
              .orElse("");
      problems.add(node, "%s must be %s, %s%s".formatted(what, either(words), is(node), nearest));
    } else {
      problems.add(node, "%s must be %s, %s".formatted(what, either(words), is(node)));
    }
    return null;
  }

  /** The words as a choice: a, b or c. */
  static String either(List<String> words) {
    int last = words.size() - 1;
    return last == 0
        ? words.getFirst()
        : String.join(", ", words.subList(0, last)) + " or " + words.getLast();
  }

  /** What stands there, as the end of a sentence: "is 3", "is the text 'three'". */
  static String is(Node node) {
    if (!(node instanceof ScalarNode scalar)) {
      return node instanceof MappingNode ? "is a mapping" : "is a list";
    }
    if (scalar.isPlain() && scalar.getValue().isEmpty()) {
      return "is missing";
    }
    if (scalar.getValue().isEmpty()) {
      return "is empty";
    }
    if (parse(node) != null) {
      return "is " + scalar.getValue();
    }
    if (NUMBER.matcher(scalar.getValue()).matches()) {
      return "is text for its quotes: " + Problems.quote(scalar.getValue());
    }
    return "is " + Problems.quote(scalar.getValue());
  }

  private static @Nullable Double parse(Node node) {
    return node instanceof ScalarNode scalar
            && scalar.isPlain()
            && NUMBER.matcher(scalar.getValue()).matches()
        ? Double.valueOf(scalar.getValue())
        : null;
  }
}
