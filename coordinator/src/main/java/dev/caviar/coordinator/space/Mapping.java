package dev.caviar.coordinator.space;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * A mapping of the file whose keys are known, each there once.
 *
 * @param node where it stands
 * @param entries in the order of the file
 */
record Mapping(Node node, Map<String, Entry> entries) {

  /** A key and its value. */
  record Entry(ScalarNode key, Node value) {}

  /**
   * Reads a mapping, and reports keys that are unknown or there twice.
   *
   * @param prefix what messages start with, such as {@code "data: "}
   * @return null, reported, if the node is not a mapping
   */
  static @Nullable Mapping read(
      Node node, String prefix, Collection<String> known, Problems problems) {
    if (!(node instanceof MappingNode mapping)) {
      problems.add(
          node,
          prefix + "must be a mapping of " + String.join(", ", known) + ", " + Scalars.is(node));
      return null;
    }
    Map<String, Entry> entries = new LinkedHashMap<>();
    int wrong = 0;
    for (NodeTuple tuple : mapping.getValue()) {
      if (wrong == Problems.MOST) {
        // No more would be shown, and looking for what each one means takes its time.
        break;
      }
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        wrong++;
        problems.add(tuple.getKeyNode(), prefix + "a key must be a name");
      } else if (!known.contains(key.getValue())) {
        wrong++;
        problems.add(key, prefix + unknown("key", key.getValue(), known));
      } else if (entries.containsKey(key.getValue())) {
        wrong++;
        problems.add(key, prefix + key.getValue() + " is there twice; keep one");
      } else {
        entries.put(key.getValue(), new Entry(key, tuple.getValueNode()));
      }
    }
    return new Mapping(node, entries);
  }

  static String unknown(String what, String name, Collection<String> known) {
    Optional<String> nearest = NearestName.to(name, known);
    return "unknown %s %s; %sknown: %s"
        .formatted(
            what,
            Problems.quote(name),
            nearest.map(meant -> "did you mean " + meant + "? ").orElse(""),
            String.join(", ", known));
  }

  boolean has(String key) {
    return entries.containsKey(key);
  }

  @Nullable Node value(String key) {
    Entry entry = entries.get(key);
    return entry == null ? null : entry.value();
  }

  /** Where to point when speaking of a key: the key, or the mapping that lacks it. */
  Node at(String key) {
    Entry entry = entries.get(key);
    return entry == null ? node : entry.key();
  }

  /** Those of the keys that are there. */
  List<String> present(String... keys) {
    return List.of(keys).stream().filter(this::has).toList();
  }
}
