package dev.caviar.cli.panda;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caviar.cli.Answers;
import dev.caviar.cli.CommandException;
import dev.caviar.cli.ExitCode;
import dev.caviar.cli.Json;
import dev.caviar.cli.SweepClient;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.GetPandaCurveRequest;
import dev.caviar.proto.v1.GetPandaCurveResponse;
import dev.caviar.proto.v1.PandaState;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code caviar panda promote}: what was learnt by hand, as a schedule for a sweep. */
@Command(
    name = "promote",
    mixinStandardHelpOptions = true,
    description = {
      "Prints the learning rates that led to where a panda is, as a part of a sweep file that gives"
          + " them to all trials of a sweep: what was changed by hand becomes a schedule.",
      "Rates that were changed in the middle of an epoch change at its nearer end."
    },
    footer = {
      "",
      "Examples:",
      "  caviar panda promote last",
      "  caviar panda promote last --branch 1 --to path.yaml"
    })
final class PromoteCommand extends OnePandaCommand {
  @Option(
      names = "--branch",
      paramLabel = "N",
      description = "The way to the end of this branch (default: the one that trains).")
  private @Nullable Integer branch;

  @Option(names = "--to", paramLabel = "FILE", description = "Write it to a new file.")
  private @Nullable Path file;

  @Override
  int run(SweepClient client, String id) throws Exception {
    PandaState panda = PandaReference.get(client.pandas(), id);
    int end = branch == null ? panda.getBranch() : branch;
    Lineage lineage = Lineage.of(panda, end);
    GetPandaCurveResponse curve =
        Answers.await(
            client
                .pandas()
                .curve(GetPandaCurveRequest.newBuilder().setPandaId(id).setBranch(end).build()));
    List<Long> epochEnds =
        curve.getStretchesList().stream()
            .flatMap(stretch -> stretch.getPointsList().stream())
            .map(CurvePoint::getStep)
            .toList();
    LearningRatePath path =
        LearningRatePath.of(panda, lineage.stretches().getLast().branch().getBranch(), epochEnds);
    if (path.rounded() > 0 && !isJson()) {
      err()
          .println(
              path.rounded() == 1
                  ? "1 change was in the middle of an epoch; it stands at the nearer end of it."
                  : path.rounded()
                      + " changes were in the middle of an epoch; they stand at the nearer end of"
                      + " theirs.");
    }
    Path to = file;
    if (to != null) {
      write(to, path.lines());
      return print(() -> json(id, end, path), () -> List.of(to.toString()));
    }
    return print(() -> json(id, end, path), path::lines);
  }

  private static void write(Path file, List<String> lines) {
    try {
      Files.write(file, lines, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    } catch (FileAlreadyExistsException e) {
      throw new CommandException(ExitCode.USAGE, file + " exists already");
    } catch (IOException e) {
      throw new CommandException(ExitCode.USAGE, file + " cannot be written: " + e);
    }
  }

  private static ObjectNode json(String id, int branch, LearningRatePath path) {
    ObjectNode document =
        Json.object()
            .put("panda", id)
            .put("branch", branch)
            .put("learning_rate", path.first())
            .put("learning_rate_decay", path.decay());
    ArrayNode changes = document.putArray("learning_rate_path");
    for (LearningRatePath.Change change : path.changes()) {
      changes.addObject().put("after_epoch", change.afterEpoch()).put("rate", change.rate());
    }
    return document;
  }
}
