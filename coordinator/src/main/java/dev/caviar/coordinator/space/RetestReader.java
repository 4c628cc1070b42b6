package dev.caviar.coordinator.space;

import dev.caviar.coordinator.space.SweepDefinition.Change;
import dev.caviar.coordinator.space.SweepDefinition.Retest;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads when a sweep's best is to be tested again: the section retest. */
final class RetestReader {
  private static final List<String> CHANGES =
      Arrays.stream(Change.values()).map(Change::key).toList();

  private final Problems problems;
  private final Scalars scalars;

  RetestReader(Problems problems) {
    this.problems = problems;
    this.scalars = new Scalars(problems);
  }

  /** Null if there is no such section, or something is reported. */
  @Nullable Retest read(Mapping file) {
    Node node = file.value("retest");
    Mapping section =
        node == null
            ? null
            : Mapping.read(node, "retest: ", List.of("every", "on_change", "seeds"), problems);
    if (section == null) {
      return null;
    }
    Duration every =
        section.has("every")
            ? new Durations(problems).read(section, "every", "retest: ", Duration.ZERO)
            : null;
    if (every != null && every.isZero()) {
      problems.add(
          section.at("every"),
          "retest: every must be at least 1s; drop it where age alone is no reason");
    }
    Set<Change> onChange = onChange(section.value("on_change"));
    Long seeds =
        scalars.whole(
            section.value("seeds"),
            "retest: seeds",
            Retest.STANDARD_SEEDS,
            Retest.LEAST_SEEDS,
            Retest.MOST_SEEDS);
    return seeds == null ? null : new Retest(every, onChange, seeds.intValue());
  }

  private Set<Change> onChange(@Nullable Node node) {
    Set<Change> changes = EnumSet.noneOf(Change.class);
    if (node == null) {
      return changes;
    }
    if (!(node instanceof SequenceNode list)) {
      problems.add(
          node, "retest: on_change must be a list, such as [data, code], " + Scalars.is(node));
      return changes;
    }
    for (Node element : list.getValue()) {
      String word = scalars.oneOf(element, "retest: on_change", CHANGES);
      if (word != null && !changes.add(Change.valueOf(word.toUpperCase(Locale.ROOT)))) {
        problems.add(element, "retest: on_change: " + word + " is there twice; keep one");
      }
    }
    return changes;
  }
}
