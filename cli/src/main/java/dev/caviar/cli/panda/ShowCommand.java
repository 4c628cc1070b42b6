package dev.caviar.cli.panda;

import dev.caviar.cli.SweepClient;
import dev.caviar.cli.TextTable;
import dev.caviar.cli.view.Texts;
import dev.caviar.proto.v1.PandaAlert;
import dev.caviar.proto.v1.PandaBranch;
import dev.caviar.proto.v1.PandaCheckpoint;
import dev.caviar.proto.v1.PandaOrigin;
import dev.caviar.proto.v1.PandaState;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code caviar panda show}: one panda as it is. */
@Command(
    name = "show",
    mixinStandardHelpOptions = true,
    description =
        "Shows one panda: its phase, its last point, what it trains with, its alerts, its branches"
            + " and its panda file. Its ledger is in 'caviar panda log'.",
    footer = {
      "",
      "Examples:",
      "  caviar panda show last",
      "  caviar panda show last --output json | jq .parameters"
    })
final class ShowCommand extends OnePandaCommand {
  @Override
  int run(SweepClient client, String id) throws Exception {
    PandaState panda = PandaReference.get(client.pandas(), id);
    return print(() -> PandaJson.panda(panda), () -> lines(panda));
  }

  static List<String> lines(PandaState panda) {
    List<String> lines = new ArrayList<>();
    lines.add("panda       " + panda.getPandaId());
    lines.add(
        "phase       "
            + PandaText.key(panda.getPhase())
            + (panda.getReason().isEmpty() ? "" : ": " + panda.getReason()));
    lines.add(
        "started     "
            + Instant.ofEpochMilli(panda.getStartedAtMillis()).truncatedTo(ChronoUnit.SECONDS));
    if (panda.hasOrigin()) {
      PandaOrigin origin = panda.getOrigin();
      lines.add(
          "adopted     trial %d of %s, after %d epochs"
              .formatted(origin.getTrial(), origin.getSweepId(), origin.getEpoch()));
    }
    if (!panda.getWorkerId().isEmpty()) {
      lines.add("worker      " + panda.getWorkerId());
    }
    lines.add(
        "trained     branch %d to epoch %d, step %d%s"
            .formatted(
                panda.getBranch(),
                panda.getEpoch(),
                panda.getStep(),
                panda.getEpochs() > 0 ? ", of " + panda.getEpochs() + " epochs" : ""));
    lines.add("seed        " + panda.getSeed());
    lines.add(
        "objective   %s %s%s"
            .formatted(
                panda.getMinimize() ? "least" : "greatest",
                panda.getMetric(),
                panda.hasBest() ? ", best " + Texts.number(panda.getBest()) + best(panda) : ""));
    if (panda.hasLast()) {
      lines.add("last        " + PandaText.point(panda.getLast()));
    }
    for (PandaAlert alert : panda.getAlertsList()) {
      lines.add("");
      lines.add("! " + alert.getMessage());
      lines.add("  " + alert.getAdvice());
    }
    lines.add("");
    lines.add("trains with");
    PandaText.parameters(panda)
        .forEach(
            parameter ->
                lines.add("  " + parameter.getName() + " = " + Texts.value(parameter.getValue())));
    lines.add("");
    lines.addAll(branches(panda));
    if (!panda.getPandaFile().isEmpty()) {
      lines.add("");
      lines.add("panda file:");
      panda.getPandaFile().lines().forEach(line -> lines.add("  " + line));
    }
    return lines;
  }

  private static String best(PandaState panda) {
    if (!panda.hasBestCheckpoint()) {
      return "";
    }
    return panda.getCheckpointsList().stream()
        .filter(checkpoint -> checkpoint.getNumber() == panda.getBestCheckpoint())
        .findFirst()
        .map(ShowCommand::place)
        .orElse("");
  }

  private static String place(PandaCheckpoint checkpoint) {
    return " (checkpoint %s, branch %d, epoch %d)"
        .formatted(PandaText.name(checkpoint), checkpoint.getBranch(), checkpoint.getEpoch());
  }

  private static List<String> branches(PandaState panda) {
    TextTable table =
        new TextTable(
            List.of("branch", "left", "at step", "at epoch", "to step", "to epoch", "best"));
    for (PandaBranch branch : panda.getBranchesList()) {
      boolean first = branch.getBranch() == 0;
      table.add(
          List.of(
              Integer.toString(branch.getBranch()),
              first ? "" : Integer.toString(branch.getParent()),
              first ? "" : Long.toString(branch.getFromStep()),
              first ? "" : Integer.toString(branch.getFromEpoch()),
              Long.toString(branch.getStep()),
              Integer.toString(branch.getEpoch()),
              branch.hasBest() ? Texts.number(branch.getBest()) : ""));
    }
    return table.lines();
  }
}
