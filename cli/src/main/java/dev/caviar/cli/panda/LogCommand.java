package dev.caviar.cli.panda;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caviar.cli.CommandException;
import dev.caviar.cli.ExitCode;
import dev.caviar.cli.SweepClient;
import dev.caviar.cli.TextTable;
import dev.caviar.cli.view.Texts;
import dev.caviar.proto.v1.PandaCheckpoint;
import dev.caviar.proto.v1.PandaState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code caviar panda log}: what was done to a panda, and what came of it. */
@Command(
    name = "log",
    mixinStandardHelpOptions = true,
    description = {
      "Shows a panda's ledger and its checkpoints, along the tree of its branches: who did what"
          + " when and why, and what came of it: the metrics before, and up to five epochs after.",
      "A diamond is a checkpoint that is kept for a reason, e40 is after epoch 40."
    },
    footer = {
      "",
      "Examples:",
      "  caviar panda log last",
      "  caviar panda log last --checkpoints",
      "  caviar panda log last --svg panda.svg",
      "  caviar panda log last --output json | jq '.ledger[] | select(.kind == \"set\")'"
    })
final class LogCommand extends OnePandaCommand {
  @Option(names = "--checkpoints", description = "All checkpoints that there are, as a table.")
  private boolean checkpoints;

  @Option(
      names = "--svg",
      paramLabel = "FILE",
      description = "Write a picture of the curves, with the entries of the ledger as marks.")
  private @Nullable Path svg;

  @Override
  int run(SweepClient client, String id) throws Exception {
    PandaState panda = PandaReference.get(client.pandas(), id);
    Path file = svg;
    if (file != null) {
      write(file, PandaSvg.draw(panda, BranchCurves.fetch(client.pandas(), panda)));
    }
    return print(() -> json(panda), () -> lines(panda, checkpoints, Instant.now()));
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new CommandException(ExitCode.USAGE, file + " cannot be written: " + e);
    }
  }

  private static ObjectNode json(PandaState panda) {
    ObjectNode node = PandaJson.panda(panda);
    return node.retain("panda", "name", "branches", "checkpoints", "ledger");
  }

  static List<String> lines(PandaState panda, boolean checkpoints, Instant now) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s: %s, branch %d, epoch %d"
            .formatted(
                panda.getPandaId(),
                PandaText.key(panda.getPhase()),
                panda.getBranch(),
                panda.getEpoch()));
    lines.add("");
    lines.addAll(PandaTree.lines(panda, ZoneId.systemDefault()));
    if (checkpoints) {
      lines.add("");
      lines.addAll(table(panda.getCheckpointsList(), now));
    } else if (panda.getCheckpointsCount() > 0) {
      lines.add("");
      lines.add(
          panda.getCheckpointsCount() == 1
              ? "1 checkpoint in all; --checkpoints shows it"
              : panda.getCheckpointsCount() + " checkpoints in all; --checkpoints shows them");
    }
    return lines;
  }

  private static List<String> table(List<PandaCheckpoint> checkpoints, Instant now) {
    TextTable table =
        new TextTable(
            List.of(
                "checkpoint",
                "branch",
                "epoch",
                "step",
                "age",
                "dev_loss",
                "dev_error",
                "kept because"));
    for (PandaCheckpoint checkpoint : checkpoints) {
      table.add(
          List.of(
              PandaText.name(checkpoint),
              Integer.toString(checkpoint.getBranch()),
              Integer.toString(checkpoint.getEpoch()),
              Long.toString(checkpoint.getStep()),
              PandaText.age(checkpoint.getTakenAtMillis(), now),
              checkpoint.hasDevLoss() ? Texts.number(checkpoint.getDevLoss()) : "",
              checkpoint.hasDevError() ? Texts.number(checkpoint.getDevError()) : "",
              PandaText.why(checkpoint)));
    }
    return table.lines();
  }
}
