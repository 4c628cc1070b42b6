package dev.caviar.coordinator.importance;

import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.Scale;
import dev.caviar.coordinator.space.SearchSpace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/** Search spaces and functions over them whose decomposition is known. */
final class Functions {
  /** Three angles, from -π to π. */
  static final SearchSpace ANGLES = space(angle("x1"), angle("x2"), angle("x3"));

  private Functions() {}

  /**
   * Ishigami and Homma, "An importance quantification technique in uncertainty analysis for
   * computer models", 1990, with the constants 7 and 0.1 for which Sobol indices are published:
   * 0.3139, 0.4424, 0 alone, 0.2437 for the first and third together.
   */
  static double ishigami(Point point) {
    double x1 = number(point, "x1");
    double x2 = number(point, "x2");
    double x3 = number(point, "x3");
    return Math.sin(x1) + 7 * Math.sin(x2) * Math.sin(x2) + 0.1 * x3 * x3 * x3 * x3 * Math.sin(x1);
  }

  private static Dimension angle(String name) {
    return dimension(name, new Domain.RealRange(Scale.LINEAR, -Math.PI, Math.PI));
  }

  static SearchSpace space(Dimension... dimensions) {
    return new SearchSpace(List.of(dimensions), Map.of());
  }

  static Dimension dimension(String name, Domain domain) {
    return new Dimension(name, name, -1, domain, null, null, null);
  }

  static Dimension when(String name, Domain domain, String subject, ParameterValue... values) {
    return new Dimension(
        name,
        name,
        -1,
        domain,
        new Dimension.Condition(List.of(new Dimension.Test(subject, List.of(values)))),
        null,
        null);
  }

  static Domain even(double min, double max) {
    return new Domain.RealRange(Scale.LINEAR, min, max);
  }

  static Domain words(String... words) {
    return new Domain.Choices(
        Arrays.stream(words).<ParameterValue>map(ParameterValue.Text::new).toList());
  }

  static double number(Point point, String name) {
    return switch (Objects.requireNonNull(point.values().get(name))) {
      case ParameterValue.Real r -> r.value();
      case ParameterValue.Whole w -> (double) w.value();
      default -> throw new AssertionError(name);
    };
  }

  static boolean is(Point point, String name, String word) {
    return new ParameterValue.Text(word).equals(point.values().get(name));
  }

  /** As many points as are asked for, drawn from the whole space, each with its objective. */
  static List<Observation> sample(
      SearchSpace space, int many, long seed, ToDoubleFunction<Point> objective) {
    Random random = new Random(seed);
    List<Observation> observations = new ArrayList<>();
    for (int k = 0; k < many; k++) {
      Map<String, ParameterValue> values = new LinkedHashMap<>();
      for (Dimension dimension : space.dimensions()) {
        ParameterValue value = draw(dimension.domain(), random);
        if (space.applies(dimension, values)) {
          values.put(dimension.name(), value);
        }
      }
      Point point = new Point(values);
      observations.add(new Observation(point, objective.applyAsDouble(point)));
    }
    return observations;
  }

  private static ParameterValue draw(Domain domain, Random random) {
    return switch (domain) {
      case Domain.RealRange r ->
          new ParameterValue.Real(r.scale().fromUnit(random.nextDouble(), r.min(), r.max()));
      case Domain.WholeRange w -> new ParameterValue.Whole(random.nextLong(w.min(), w.max() + 1));
      case Domain.Choices c -> c.values().get(random.nextInt(c.values().size()));
    };
  }

  static Effect of(List<Effect> effects, String... dimensions) {
    return effects.stream()
        .filter(effect -> effect.dimensions().equals(List.of(dimensions)))
        .findFirst()
        .orElseThrow();
  }

  static double share(List<Effect> effects, String... dimensions) {
    return of(effects, dimensions).share();
  }
}
