package dev.caviar.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caviar.cli.results.Values;
import dev.caviar.cli.view.Texts;
import dev.caviar.proto.EndStates;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.TrialRung;
import dev.caviar.proto.v1.TrialStatus;
import java.util.List;
import java.util.TreeMap;

/** What became of trials at the rungs of early stopping, by epoch. */
final class Rungs {
  /** Of trials that reached one rung; the objectives NaN where there is none. */
  private static final class Rung {
    int reached;
    int wentOn;
    int stopped;
    int waiting;
    double best = Double.NaN;
    double worstThatWentOn = Double.NaN;
  }

  private final TreeMap<Integer, Rung> rungs = new TreeMap<>();

  Rungs(GetSweepResponse sweep) {
    boolean minimize = sweep.getSummary().getStatus().getMinimize();
    for (TrialStatus trial : sweep.getTrialsList()) {
      for (TrialRung reached : trial.getRungsList()) {
        Rung rung = rungs.computeIfAbsent(reached.getEpoch(), epoch -> new Rung());
        rung.reached++;
        double objective = reached.getObjective();
        rung.best = better(rung.best, objective, minimize);
        if (reached.getWentOn()) {
          rung.wentOn++;
          rung.worstThatWentOn = better(rung.worstThatWentOn, objective, !minimize);
        } else if (EndStates.contains(trial.getState())) {
          rung.stopped++;
        } else {
          rung.waiting++;
        }
      }
    }
  }

  private static double better(double present, double other, boolean less) {
    if (Double.isNaN(present) || Double.isNaN(other)) {
      return Double.isNaN(present) ? other : present;
    }
    return less ? Math.min(present, other) : Math.max(present, other);
  }

  boolean isEmpty() {
    return rungs.isEmpty();
  }

  List<String> lines() {
    TextTable table =
        new TextTable(
            List.of(
                "after epoch",
                "trials",
                "went on",
                "stopped",
                "waiting",
                "best",
                "worst that went on"));
    rungs.forEach(
        (epoch, rung) ->
            table.add(
                List.of(
                    Integer.toString(epoch),
                    Integer.toString(rung.reached),
                    Integer.toString(rung.wentOn),
                    Integer.toString(rung.stopped),
                    Integer.toString(rung.waiting),
                    text(rung.best),
                    text(rung.worstThatWentOn))));
    return table.lines();
  }

  private static String text(double objective) {
    return Double.isNaN(objective) ? "" : Texts.number(objective);
  }

  ArrayNode json() {
    ArrayNode list = Json.object().putArray("rungs");
    rungs.forEach(
        (epoch, rung) -> {
          ObjectNode node =
              list.addObject()
                  .put("epoch", epoch)
                  .put("trials", rung.reached)
                  .put("went_on", rung.wentOn)
                  .put("stopped", rung.stopped)
                  .put("waiting", rung.waiting);
          node.set("best", Values.number(rung.best));
          node.set("worst_that_went_on", Values.number(rung.worstThatWentOn));
        });
    return list;
  }
}
