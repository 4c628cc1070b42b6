package dev.caviar.coordinator.space;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Present;
import org.snakeyaml.engine.v2.api.lowlevel.Serialize;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** The sweep file of a retest, made of that of the sweep whose best is tested again. */
public final class RetestFile {
  private static final String SUFFIX = "-retest";
  private static final int LONGEST_NAME = 64;

  /** Those that a retest has of its own, or not at all. */
  private static final Set<String> REPLACED = Set.of("name", "search", "schedule", "retest");

  private RetestFile() {}

  /**
   * The same data, split alike, the same space, constants, objectives and constraints; every point
   * trained with as many seeds, the r-th of which is the same for all, and none stopped early.
   * Comments are lost.
   *
   * @param old the sweep whose best is tested again
   * @param points how many there are to be
   * @param seeds on which each is trained
   * @param seed which no earlier test of the same points may have had
   */
  public static String of(SweepDefinition old, int points, int seeds, long seed) {
    if (!(SweepFileText.compose(old.file(), new Problems()) instanceof MappingNode root)) {
      throw new IllegalArgumentException("the file of " + old.name() + " is no sweep file");
    }
    List<NodeTuple> sections = new ArrayList<>();
    sections.add(new NodeTuple(text("name"), text(name(old.name()))));
    for (NodeTuple section : root.getValue()) {
      String key = key(section);
      if (key.equals("data") && section.getValueNode() instanceof MappingNode data) {
        sections.add(new NodeTuple(section.getKeyNode(), split(data, old.data().getSplitSeed())));
      } else if (!REPLACED.contains(key)) {
        sections.add(section);
      }
    }
    List<NodeTuple> search =
        List.of(
            entry("sampler", text("random")),
            entry("trials", whole(points)),
            entry("seed", whole(seed)),
            entry("repeats", whole(seeds)),
            entry("paired_seeds", new ScalarNode(Tag.BOOL, "true", ScalarStyle.PLAIN)));
    sections.add(new NodeTuple(text("search"), new MappingNode(Tag.MAP, search, FlowStyle.FLOW)));
    DumpSettings settings = DumpSettings.builder().build();
    return new Present(settings)
        .emitToString(
            new Serialize(settings)
                .serializeOne(new MappingNode(Tag.MAP, sections, FlowStyle.BLOCK))
                .iterator());
  }

  private static String name(String old) {
    return old.substring(0, Math.min(old.length(), LONGEST_NAME - SUFFIX.length())) + SUFFIX;
  }

  /** Without a seed of its own a split would go by the seed of the search, which is another. */
  private static Node split(MappingNode data, long seed) {
    if (data.getValue().stream().anyMatch(entry -> key(entry).equals("split_seed"))) {
      return data;
    }
    List<NodeTuple> entries = new ArrayList<>(data.getValue());
    entries.add(entry("split_seed", whole(seed)));
    return new MappingNode(Tag.MAP, entries, data.getFlowStyle());
  }

  private static String key(NodeTuple entry) {
    return entry.getKeyNode() instanceof ScalarNode key ? key.getValue() : "";
  }

  private static NodeTuple entry(String key, Node value) {
    return new NodeTuple(text(key), value);
  }

  private static ScalarNode text(String text) {
    return new ScalarNode(Tag.STR, text, ScalarStyle.PLAIN);
  }

  private static ScalarNode whole(long number) {
    return new ScalarNode(Tag.INT, Long.toString(number), ScalarStyle.PLAIN);
  }
}
