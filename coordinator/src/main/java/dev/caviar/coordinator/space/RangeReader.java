package dev.caviar.coordinator.space;

import dev.caviar.coordinator.space.Domain.RealRange;
import dev.caviar.coordinator.space.Domain.WholeRange;
import dev.caviar.coordinator.space.Hyperparameter.Kind;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Reads ranges: min, max, scale and widen. */
final class RangeReader {
  private static final List<String> SCALES =
      Arrays.stream(Scale.values()).map(RangeReader::key).toList();

  private final Problems problems;
  private final Scalars scalars;
  private final ValueReader values;

  RangeReader(Problems problems) {
    this.problems = problems;
    this.scalars = new Scalars(problems);
    this.values = new ValueReader(problems);
  }

  @Nullable Domain range(Hyperparameter hyperparameter, Mapping.Entry entry, Mapping options) {
    String name = hyperparameter.key();
    if (!isNumeric(hyperparameter)) {
      problems.add(
          options.present("min", "max").isEmpty()
              ? entry.key()
              : options.at(options.present("min", "max").getFirst()),
          name + ": is not a number and has no range; list values, such as {values: [...]}");
      return null;
    }
    List<String> ends = options.present("min", "max");
    if (ends.size() < 2) {
      problems.add(
          entry.key(),
          ends.isEmpty()
              ? name + ": needs min and max, or values"
              : "%s: has %s but not %s; add it"
                  .formatted(name, ends.getFirst(), ends.getFirst().equals("min") ? "max" : "min"));
    }
    Scale scale = scale(hyperparameter, options);
    if (scale == null) {
      return null;
    }
    Domain domain =
        read(hyperparameter, scale, options.value("min"), options.value("max"), name + ": ");
    return domain == null || !isOrdered(name, domain, options) ? null : domain;
  }

  /** How far coarse-to-fine may go; null if it may not, or if that is reported. */
  @Nullable Domain widen(Hyperparameter hyperparameter, Domain domain, Mapping options) {
    Node node = options.value("widen");
    Scale scale =
        switch (domain) {
          case RealRange range -> range.scale();
          case WholeRange range -> range.scale();
          case Domain.Choices choices -> null;
        };
    if (node == null || scale == null) {
      return null;
    }
    String prefix = hyperparameter.key() + ": widen: ";
    Mapping ends = Mapping.read(node, prefix, List.of("min", "max"), problems);
    if (ends == null) {
      return null;
    }
    if (ends.present("min", "max").isEmpty()) {
      problems.add(node, prefix + "needs min, max or both");
      return null;
    }
    Node min = ends.has("min") ? ends.value("min") : options.value("min");
    Node max = ends.has("max") ? ends.value("max") : options.value("max");
    Domain wide = read(hyperparameter, scale, min, max, prefix);
    if (wide == null) {
      return null;
    }
    reportInside(ends, "min", lower(wide) > lower(domain), prefix, options.value("min"));
    reportInside(ends, "max", upper(wide) < upper(domain), prefix, options.value("max"));
    return wide;
  }

  private void reportInside(
      Mapping ends, String key, boolean inside, String prefix, @Nullable Node own) {
    Node node = ends.value(key);
    if (inside && node != null) {
      problems.add(
          node,
          "%s%s must reach at least as far as the range's %s, which is %s, %s"
              .formatted(
                  prefix,
                  key,
                  key,
                  own instanceof ScalarNode scalar ? scalar.getValue() : "missing",
                  Scalars.is(node)));
    }
  }

  private @Nullable Domain read(
      Hyperparameter hyperparameter,
      Scale scale,
      @Nullable Node min,
      @Nullable Node max,
      String prefix) {
    return switch (hyperparameter.kind()) {
      case Kind.RealNumber(var bounds) -> {
        Double from = min == null ? null : values.end(bounds, scale, min, prefix + "min");
        Double to = max == null ? null : values.end(bounds, scale, max, prefix + "max");
        yield from == null || to == null ? null : new RealRange(scale, from, to);
      }
      case Kind.WholeNumber kind -> {
        Long from = min == null ? null : values.end(kind, scale, min, prefix + "min");
        Long to = max == null ? null : values.end(kind, scale, max, prefix + "max");
        yield from == null || to == null ? null : new WholeRange(scale, from, to);
      }
      case Kind.Word word -> null;
      case Kind.YesNo yesNo -> null;
    };
  }

  private boolean isOrdered(String name, Domain domain, Mapping options) {
    Node min = options.at("min");
    String from = text(options.value("min"));
    String to = text(options.value("max"));
    if (lower(domain) > upper(domain)) {
      problems.add(min, "%s: min %s is above max %s; swap them".formatted(name, from, to));
      return false;
    }
    if (lower(domain) == upper(domain)) {
      problems.add(
          min,
          "%s: min and max are both %s; for a constant write %s: %s"
              .formatted(name, from, name, from));
      return false;
    }
    return true;
  }

  private @Nullable Scale scale(Hyperparameter hyperparameter, Mapping options) {
    Node node = options.value("scale");
    if (node == null) {
      return Scale.LINEAR;
    }
    // No whole number but 0 is below 1.
    List<String> allowed =
        hyperparameter.kind() instanceof Kind.WholeNumber
            ? SCALES.stream().filter(scale -> !scale.equals(key(Scale.ONE_MINUS_LOG))).toList()
            : SCALES;
    String scale = scalars.oneOf(node, hyperparameter.key() + ": scale", allowed);
    return scale == null ? null : Scale.valueOf(scale.toUpperCase(Locale.ROOT));
  }

  private static String key(Scale scale) {
    return scale.name().toLowerCase(Locale.ROOT);
  }

  private static boolean isNumeric(Hyperparameter hyperparameter) {
    return switch (hyperparameter.kind()) {
      case Kind.RealNumber real -> true;
      case Kind.WholeNumber whole -> true;
      case Kind.Word word -> false;
      case Kind.YesNo yesNo -> false;
    };
  }

  private static double lower(Domain domain) {
    return switch (domain) {
      case RealRange range -> range.min();
      case WholeRange range -> range.min();
      case Domain.Choices choices -> Double.NaN;
    };
  }

  private static double upper(Domain domain) {
    return switch (domain) {
      case RealRange range -> range.max();
      case WholeRange range -> range.max();
      case Domain.Choices choices -> Double.NaN;
    };
  }

  private static String text(@Nullable Node node) {
    return node instanceof ScalarNode scalar ? scalar.getValue() : "";
  }
}
