package dev.caviar.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caviar.cli.results.Summary;
import dev.caviar.cli.results.Values;
import dev.caviar.cli.view.Texts;
import dev.caviar.coordinator.insight.SweepInsight;
import dev.caviar.coordinator.search.Stage;
import dev.caviar.coordinator.search.Zoom;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import dev.caviar.proto.v1.GetSweepResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** {@code caviar zoom}: why the boxes of a coarse-to-fine search are where they are. */
@Command(
    name = "zoom",
    mixinStandardHelpOptions = true,
    description = {
      "Explains a coarse-to-fine search: the box of each stage, the trials it was drawn around, the"
          + " edges they reached, and what widening would change."
    },
    footer = {
      "",
      "Examples:",
      "  caviar zoom last",
      "  caviar zoom caviar-results/digits-20261123-120000 --output json"
    })
final class ZoomCommand extends SweepOrFolderCommand {
  @Override
  protected int run(SweepClient client) throws Exception {
    GetSweepResponse sweep = get(client);
    SweepDefinition definition = definition(sweep);
    if (!(definition.search() instanceof Search.CoarseToFine search)) {
      throw new CommandException(
          ExitCode.USAGE,
          id(sweep)
              + " has no stages: only search: {sampler: coarse_to_fine} zooms in on the best"
              + " trials");
    }
    if (sweep.getStagesCount() == 0) {
      throw new CommandException(ExitCode.FAILED, "No stage of " + id(sweep) + " is known.");
    }
    List<Zoom> zooms = zooms(definition, sweep);
    return print(
        () -> json(sweep, definition, search, zooms), () -> lines(definition, search, zooms));
  }

  private static List<Zoom> zooms(SweepDefinition definition, GetSweepResponse sweep) {
    try {
      return SweepInsight.zooms(definition, sweep);
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.FAILED, String.valueOf(e.getMessage()));
    }
  }

  private static List<String> lines(
      SweepDefinition definition, Search.CoarseToFine search, List<Zoom> zooms) {
    List<String> lines = new ArrayList<>();
    for (Zoom zoom : zooms) {
      if (!lines.isEmpty()) {
        lines.add("");
      }
      lines.addAll(heading(definition, search, zoom));
      TextTable table =
          new TextTable(List.of("parameter", "box", "of it before", "best from", "to", "edge hit"));
      for (Zoom.Side side : zoom.sides()) {
        table.add(
            List.of(
                side.side().dimension(),
                text(side.side().domain()) + (side.side().widened() ? " (widened)" : ""),
                zoom.stage().number() == 1 ? "" : percent(side.ofBefore()),
                value(side.lowest()),
                value(side.highest()),
                edges(side.side())));
      }
      table.lines().forEach(line -> lines.add("  " + line));
      for (Zoom.Side side : zoom.sides()) {
        if (side.unlimited() != null) {
          lines.add("  " + widening(side, side.unlimited()));
        }
      }
    }
    return lines;
  }

  private static List<String> heading(
      SweepDefinition definition, Search.CoarseToFine search, Zoom zoom) {
    Stage stage = zoom.stage();
    List<String> lines = new ArrayList<>();
    String trials =
        stage.trials() == 1
            ? "trial " + stage.firstTrial()
            : "trials %d to %d"
                .formatted(stage.firstTrial(), stage.firstTrial() + stage.trials() - 1);
    lines.add("stage %d of %d, %s".formatted(stage.number(), search.stages(), trials));
    if (stage.number() == 1) {
      lines.add("  the whole space, at random");
      return lines;
    }
    if (stage.drawnFrom().isEmpty()) {
      lines.add("  no trial before it completed, so the box stayed as it was");
      return lines;
    }
    Double worst = zoom.worstKept();
    lines.add(
        "  around the best %d of %d trials%s, best first: %s"
            .formatted(
                stage.drawnFrom().size(),
                zoom.before(),
                worst == null
                    ? ""
                    : " (%s %s %s)"
                        .formatted(
                            definition.objective().metric().key(),
                            definition.objective().minimize() ? "at most" : "at least",
                            Texts.number(worst)),
                stage.drawnFrom().stream().map(String::valueOf).collect(Collectors.joining(", "))));
    lines.add(
        zoom.inside().isEmpty()
            ? "  none of the trials before lies in this box"
            : "  %d of the trials before lie in this box already".formatted(zoom.inside().size()));
    return lines;
  }

  private static String widening(Zoom.Side side, Domain unlimited) {
    Domain allowed = side.allowed();
    return "%s would be %s if the sweep file let it: %s"
        .formatted(
            side.side().dimension(),
            text(unlimited),
            allowed == null
                ? "its line has no widen, such as widen: " + limits(side.side().domain(), unlimited)
                : "its widen goes no further than " + text(allowed));
  }

  /** What would have to be written to have that side. */
  private static String limits(Domain side, Domain unlimited) {
    List<String> limits = new ArrayList<>();
    switch (unlimited) {
      case Domain.RealRange u when side instanceof Domain.RealRange s -> {
        if (u.min() < s.min()) {
          limits.add("min: " + Texts.trimmed(u.min()));
        }
        if (u.max() > s.max()) {
          limits.add("max: " + Texts.trimmed(u.max()));
        }
      }
      case Domain.WholeRange u when side instanceof Domain.WholeRange s -> {
        if (u.min() < s.min()) {
          limits.add("min: " + u.min());
        }
        if (u.max() > s.max()) {
          limits.add("max: " + u.max());
        }
      }
      default -> {}
    }
    return "{" + String.join(", ", limits) + "}";
  }

  private static String edges(Stage.Side side) {
    return side.hitLowerEdge() && side.hitUpperEdge()
        ? "both"
        : side.hitLowerEdge() ? "lower" : side.hitUpperEdge() ? "upper" : "";
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.0f%%", 100 * share);
  }

  private static String text(Domain domain) {
    return switch (domain) {
      case Domain.RealRange r -> Texts.trimmed(r.min()) + " to " + Texts.trimmed(r.max());
      case Domain.WholeRange w -> w.min() + " to " + w.max();
      case Domain.Choices c ->
          c.values().stream().map(Texts::value).collect(Collectors.joining(", "));
    };
  }

  private static String value(@Nullable ParameterValue value) {
    return value == null ? "" : Texts.value(value);
  }

  private static ObjectNode json(
      GetSweepResponse sweep,
      SweepDefinition definition,
      Search.CoarseToFine search,
      List<Zoom> zooms) {
    ObjectNode document = Json.object();
    document.put("sweep", id(sweep));
    document.put("metric", definition.objective().metric().key());
    document.put("keep", search.keep());
    ArrayNode stages = document.putArray("stages");
    for (int i = 0; i < zooms.size(); i++) {
      Zoom zoom = zooms.get(i);
      ObjectNode node = stages.addObject();
      // What is known of the stage elsewhere, and then why it is so.
      node.setAll(Summary.stage(sweep.getStages(i)));
      node.put("trials_before", zoom.before());
      node.put("completed_before", zoom.completed());
      Double worst = zoom.worstKept();
      node.set("worst_kept", Values.number(worst == null ? Double.NaN : worst));
      ArrayNode inside = node.putArray("earlier_trials_inside");
      zoom.inside().forEach(inside::add);
      for (Zoom.Side side : zoom.sides()) {
        ObjectNode range = (ObjectNode) node.get("ranges").get(side.side().dimension());
        range.set("share_of_side_before", Values.number(side.ofBefore()));
        range.set("share_of_range", Values.number(side.ofRange()));
        put(range, "best_lowest", side.lowest());
        put(range, "best_highest", side.highest());
        put(range, "may_widen", side.allowed());
        put(range, "unlimited", side.unlimited());
      }
    }
    return document;
  }

  private static void put(ObjectNode node, String key, @Nullable ParameterValue value) {
    switch (value) {
      case ParameterValue.Real(double x) -> node.put(key, x);
      case ParameterValue.Whole(long n) -> node.put(key, n);
      case null, default -> node.putNull(key);
    }
  }

  private static void put(ObjectNode node, String key, @Nullable Domain domain) {
    switch (domain) {
      case Domain.RealRange r -> node.putObject(key).put("min", r.min()).put("max", r.max());
      case Domain.WholeRange w -> node.putObject(key).put("min", w.min()).put("max", w.max());
      case null, default -> node.putNull(key);
    }
  }
}
