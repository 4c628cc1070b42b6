package dev.caviar.cli.panda;

import dev.caviar.cli.view.Texts;
import dev.caviar.proto.v1.Intervention;
import dev.caviar.proto.v1.PandaBranch;
import dev.caviar.proto.v1.PandaCheckpoint;
import dev.caviar.proto.v1.PandaState;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * A panda's branches as a tree, each with its entries of the ledger and with the checkpoints that
 * are kept for a reason.
 */
final class PandaTree {
  private static final String LAST_CHILD = "└── ";
  private static final String CHILD = "├── ";
  private static final String PAST = "│   ";
  private static final String NOTHING = "    ";

  private final PandaState panda;
  private final ZoneId zone;
  private final List<String> lines = new ArrayList<>();
  // A message may have come from anywhere: no branch is drawn twice.
  private final Set<Integer> drawn = new TreeSet<>();

  private PandaTree(PandaState panda, ZoneId zone) {
    this.panda = panda;
    this.zone = zone;
  }

  /**
   * The tree's lines.
   *
   * @param zone in which times are said
   */
  static List<String> lines(PandaState panda, ZoneId zone) {
    var tree = new PandaTree(panda, zone);
    tree.branch(0, "", "");
    return tree.lines;
  }

  /** One line of a branch, at a step. */
  private record Item(long step, long atMillis, List<String> text) {}

  private void branch(int number, String lead, String indent) {
    PandaBranch branch =
        panda.getBranchesList().stream()
            .filter(each -> each.getBranch() == number)
            .findFirst()
            .orElse(null);
    if (branch == null || !drawn.add(number)) {
      return;
    }
    lines.add(lead + heading(branch));
    List<PandaBranch> children =
        panda.getBranchesList().stream()
            .filter(each -> each.getBranch() != 0 && each.getParent() == number)
            .sorted(Comparator.comparingInt(PandaBranch::getBranch))
            .toList();
    String rule = indent + (children.isEmpty() ? NOTHING : PAST);
    for (Item item : items(number)) {
      item.text().forEach(line -> lines.add((rule + line).stripTrailing()));
    }
    for (int i = 0; i < children.size(); i++) {
      boolean last = i == children.size() - 1;
      branch(
          children.get(i).getBranch(),
          indent + (last ? LAST_CHILD : CHILD),
          indent + (last ? NOTHING : PAST));
    }
  }

  private String heading(PandaBranch branch) {
    String heading = "branch " + branch.getBranch();
    if (branch.getBranch() == panda.getBranch()) {
      heading += " (present)";
    }
    heading +=
        ": epochs %d to %d, steps %d to %d"
            .formatted(
                branch.getFromEpoch(), branch.getEpoch(), branch.getFromStep(), branch.getStep());
    return branch.hasBest()
        ? heading
            + ", best %s %s at step %d"
                .formatted(panda.getMetric(), Texts.number(branch.getBest()), branch.getBestStep())
        : heading;
  }

  private List<Item> items(int branch) {
    List<Item> items = new ArrayList<>();
    for (Intervention entry : panda.getLedgerList()) {
      if (entry.getBranch() == branch) {
        items.add(
            new Item(
                entry.hasStep() ? entry.getStep() : Long.MAX_VALUE,
                entry.getAtMillis(),
                text(entry)));
      }
    }
    for (PandaCheckpoint checkpoint : panda.getCheckpointsList()) {
      if (checkpoint.getBranch() == branch
          && (checkpoint.getKeptBecauseCount() > 0 || !checkpoint.getName().isEmpty())) {
        items.add(new Item(checkpoint.getStep(), checkpoint.getTakenAtMillis(), text(checkpoint)));
      }
    }
    items.sort(Comparator.comparingLong(Item::step).thenComparingLong(Item::atMillis));
    return items;
  }

  private List<String> text(Intervention entry) {
    List<String> text = new ArrayList<>();
    text.add(
        "%3d  %s  %-7s %s  %s"
            .formatted(
                entry.getNumber(),
                PandaText.clock(entry.getAtMillis(), zone),
                entry.hasEpoch() ? "e" + entry.getEpoch() : "",
                PandaText.what(entry),
                PandaText.whoAndWhy(entry)));
    String effect = PandaText.effect(entry, panda.getMetric());
    if (!effect.isEmpty()) {
      text.add(" ".repeat(29) + effect);
    }
    return text;
  }

  private List<String> text(PandaCheckpoint checkpoint) {
    String why = PandaText.why(checkpoint);
    return List.of(
        "  ◆  %s  %-7s checkpoint %s%s%s"
            .formatted(
                PandaText.clock(checkpoint.getTakenAtMillis(), zone),
                "e" + checkpoint.getEpoch(),
                PandaText.name(checkpoint),
                checkpoint.hasDevError()
                    ? ", dev_error " + Texts.number(checkpoint.getDevError())
                    : "",
                why.isEmpty() ? "" : ": " + why));
  }
}
