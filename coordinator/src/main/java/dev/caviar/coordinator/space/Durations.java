package dev.caviar.coordinator.space;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Reads spans of time: a whole number and a unit, such as 30s, 10m, 2h or 1d. */
final class Durations {
  // So many days that no sum of them and a time overflows.
  private static final Pattern SPAN = Pattern.compile("(\\d{1,9})(s|m|h|d)");

  private final Problems problems;

  Durations(Problems problems) {
    this.problems = problems;
  }

  /**
   * The span of a key.
   *
   * @param prefix what messages start with, such as {@code "checkpoints: "}
   * @param standard where the key is not there
   * @return null, reported, if it is not one
   */
  @Nullable Duration read(Mapping section, String key, String prefix, Duration standard) {
    Node node = section.value(key);
    if (node == null) {
      return standard;
    }
    Matcher span = node instanceof ScalarNode scalar ? SPAN.matcher(scalar.getValue()) : null;
    if (span == null || !span.matches()) {
      problems.add(
          node, prefix + key + " must be a span such as 30s, 10m, 2h or 1d, " + Scalars.is(node));
      return null;
    }
    long count = Long.parseLong(span.group(1));
    return switch (span.group(2)) {
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      default -> Duration.ofDays(count);
    };
  }
}
