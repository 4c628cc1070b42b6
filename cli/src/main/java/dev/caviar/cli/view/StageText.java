package dev.caviar.cli.view;

import dev.caviar.proto.v1.SearchStage;
import dev.caviar.proto.v1.SpaceChange;
import dev.caviar.proto.v1.StageRange;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A coarse-to-fine stage in words: its trials, what it was drawn from, and its box. */
public final class StageText {
  private StageText() {}

  /** One heading and one line for each side of the box. */
  public static List<String> lines(SearchStage stage) {
    return lines(heading(stage), stage.getRangesList());
  }

  /** Likewise of a change of the search space. */
  public static List<String> lines(SpaceChange change) {
    String why = change.getReason().isEmpty() ? "" : ": " + change.getReason();
    return lines(
        "from trial %d on drawn from other ranges%s".formatted(change.getFirstTrial(), why),
        change.getRangesList());
  }

  private static List<String> lines(String heading, List<StageRange> ranges) {
    List<String> lines = new ArrayList<>();
    lines.add(heading);
    int width = ranges.stream().mapToInt(r -> r.getParameter().length()).max().orElse(0);
    for (StageRange range : ranges) {
      lines.add("  " + Texts.left(range.getParameter(), width) + "  " + side(range));
    }
    return lines;
  }

  private static String heading(SearchStage stage) {
    String trials =
        stage.getTrials() == 1
            ? "trial " + stage.getFirstTrial()
            : "trials %d to %d"
                .formatted(stage.getFirstTrial(), stage.getFirstTrial() + stage.getTrials() - 1);
    return "stage %d, %s%s"
        .formatted(
            stage.getNumber(),
            trials,
            stage.getDrawnFromCount() == 0
                ? ""
                : ", drawn around the best: "
                    + stage.getDrawnFromList().stream()
                        .map(String::valueOf)
                        .collect(Collectors.joining(", ")));
  }

  private static String side(StageRange range) {
    if (range.getChoicesCount() > 0) {
      return String.join(", ", range.getChoicesList());
    }
    String edges =
        range.getHitLowerEdge() && range.getHitUpperEdge()
            ? "  the best reached both edges"
            : range.getHitLowerEdge()
                ? "  the best reached the lower edge"
                : range.getHitUpperEdge() ? "  the best reached the upper edge" : "";
    return Texts.trimmed(range.getMin())
        + " to "
        + Texts.trimmed(range.getMax())
        + edges
        + (range.getWidened() ? ", now wider than in the sweep file" : "");
  }
}
