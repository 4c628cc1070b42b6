package dev.caviar.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caviar.cli.results.Values;
import dev.caviar.cli.view.Texts;
import dev.caviar.coordinator.retest.PairedDifference;
import dev.caviar.coordinator.retest.RetestVerdict;
import dev.caviar.coordinator.retest.RetestVerdict.Challenger;
import dev.caviar.coordinator.retest.RetestVerdict.Tested;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.SweepStatus;
import dev.caviar.proto.v1.TrialStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a retest came to.
 *
 * @param old the sweep whose best was tested again
 */
record RetestReport(GetSweepResponse old, GetSweepResponse retest, RetestVerdict verdict) {

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s tested the best of %s again: %d points, each on the same %d seeds"
            .formatted(
                SweepOrFolderCommand.id(retest),
                SweepOrFolderCommand.id(old),
                verdict.challengers().size() + 1,
                verdict.seeds()));
    TextTable table =
        new TextTable(
            List.of(
                "point",
                "was trial",
                "mean " + status().getMetric(),
                "worse by",
                "interval",
                "",
                "sampled"));
    table.add(row(verdict.best(), "", "", "the old best"));
    for (Challenger challenger : verdict.challengers()) {
      PairedDifference difference = challenger.difference();
      table.add(
          row(
              challenger.point(),
              difference == null ? "" : Texts.number(difference.mean()),
              interval(challenger),
              standing(challenger)));
    }
    lines.addAll(table.lines());
    lines.add(
        "Intervals are of 95 %%, widened for %d comparisons (Holm); above 0 is worse than the old"
                .formatted(verdict.challengers().size())
            + " best.");
    lines.add(sentence());
    return lines;
  }

  private List<String> row(Tested point, String worseBy, String interval, String standing) {
    Double mean = point.mean();
    return List.of(
        Integer.toString(point.number()),
        wasTrial(point).map(trial -> Integer.toString(trial)).orElse(point.given() ? "" : "fresh"),
        mean == null ? "" : Texts.number(mean),
        worseBy,
        interval,
        standing,
        sampled(point));
  }

  private static String interval(Challenger challenger) {
    return Double.isInfinite(challenger.low())
        ? ""
        : Texts.number(challenger.low()) + " to " + Texts.number(challenger.high());
  }

  private static String standing(Challenger challenger) {
    String problem = challenger.point().problem();
    if (problem != null) {
      return problem;
    }
    PairedDifference difference = challenger.difference();
    return difference == null
        ? ""
        : !difference.hasSpread()
            ? "differs alike on all seeds"
            : challenger.isBetter() ? "better" : challenger.isWorse() ? "worse" : "not told apart";
  }

  private String sampled(Tested point) {
    return point.parameters().stream()
        .filter(parameter -> SweepText.isSampled(status(), parameter))
        .map(parameter -> parameter.getName() + "=" + Texts.value(parameter.getValue()))
        .collect(Collectors.joining(" "));
  }

  private String sentence() {
    return switch (verdict.outcome()) {
      case STILL_THE_BEST -> "Still the best: all other points are worse.";
      case BEATEN -> "Beaten by point %d.".formatted(number(verdict.beatenBy()));
      case TOO_NOISY -> "Too noisy to say" + why();
    };
  }

  private String why() {
    String problem = verdict.best().problem();
    if (problem != null) {
      return ": the old best itself did not complete on all seeds, " + problem + ".";
    }
    Integer seeds = verdict.seedsToSettle();
    return seeds == null
        ? "; 1,000 seeds would probably not tell either, so they are as good as each other."
        : "; %d seeds would probably tell, if the differences are as large as they seem: caviar retest %s --seeds %d"
            .formatted(seeds, SweepOrFolderCommand.id(old), seeds);
  }

  private static int number(@Nullable Tested point) {
    return point == null ? -1 : point.number();
  }

  ObjectNode json() {
    ObjectNode document = Json.object();
    document.put("sweep", SweepOrFolderCommand.id(retest));
    document.put("retest_of", SweepOrFolderCommand.id(old));
    document.put("verdict", verdict.outcome().key());
    if (verdict.beatenBy() == null) {
      document.putNull("beaten_by");
    } else {
      document.put("beaten_by", number(verdict.beatenBy()));
    }
    document.put("seeds", verdict.seeds());
    document.put("seeds_to_settle", verdict.seedsToSettle());
    document.put("metric", status().getMetric());
    document.put("minimize", status().getMinimize());
    ArrayNode points = document.putArray("points");
    points.add(json(verdict.best()));
    for (Challenger challenger : verdict.challengers()) {
      ObjectNode node = json(challenger.point());
      PairedDifference difference = challenger.difference();
      if (difference != null) {
        node.set("worse_by", Values.number(difference.mean()));
        node.set("standard_error", Values.number(difference.standardError()));
        node.set("confidence", Values.number(challenger.confidence()));
        node.set("low", Values.number(challenger.low()));
        node.set("high", Values.number(challenger.high()));
      }
      node.put(
          "standing",
          challenger.isBetter() ? "better" : challenger.isWorse() ? "worse" : "undecided");
      points.add(node);
    }
    return document;
  }

  private ObjectNode json(Tested point) {
    ObjectNode node = Json.object();
    node.put("point", point.number());
    node.put("was_trial", wasTrial(point).orElse(null));
    node.put("fresh", !point.given());
    Double mean = point.mean();
    if (mean == null) {
      node.putNull("mean");
    } else {
      node.set("mean", Values.number(mean));
    }
    node.put("problem", point.problem());
    node.set("parameters", Values.json(point.parameters()));
    return node;
  }

  /** Of the trials of the old sweep at a point that it was given, the first. */
  private Optional<Integer> wasTrial(Tested point) {
    return !point.given()
        ? Optional.empty()
        : old.getTrialsList().stream()
            .filter(trial -> trial.getParametersList().equals(point.parameters()))
            .map(TrialStatus::getTrial)
            .min(Integer::compare);
  }

  private SweepStatus status() {
    return retest.getSummary().getStatus();
  }
}
