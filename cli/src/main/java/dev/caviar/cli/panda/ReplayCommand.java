package dev.caviar.cli.panda;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caviar.cli.Answers;
import dev.caviar.cli.CommandException;
import dev.caviar.cli.ExitCode;
import dev.caviar.cli.Json;
import dev.caviar.cli.SweepClient;
import dev.caviar.cli.TextTable;
import dev.caviar.coordinator.space.PandaFile;
import dev.caviar.coordinator.space.SweepFileException;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.DataSource;
import dev.caviar.proto.v1.GetPandaCheckpointRequest;
import dev.caviar.proto.v1.PandaBranch;
import dev.caviar.proto.v1.PandaCheckpoint;
import dev.caviar.proto.v1.PandaState;
import dev.caviar.worker.backend.CpuBackend;
import dev.caviar.worker.data.DataCache;
import dev.caviar.worker.model.CheckpointDigest;
import dev.caviar.worker.trial.TrainingRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code caviar panda replay}: a panda trained again from its ledger. */
@Command(
    name = "replay",
    mixinStandardHelpOptions = true,
    description = {
      "Trains a panda again in this process, from its seed and its ledger, all branches of it, and"
          + " says whether each point of its curves and each checkpoint that is kept is the same to"
          + " the last bit.",
      "Exit code 0 if all are, 1 if not. Another kind of CPU may round otherwise."
    },
    footer = {"", "Example:", "  caviar panda replay last"})
final class ReplayCommand extends OnePandaCommand {
  @Option(
      names = "--directory",
      paramLabel = "DIR",
      description =
          "What relative paths in the panda's file start from (default: where they did for its"
              + " workers).")
  private @Nullable Path directory;

  @Override
  int run(SweepClient client, String id) throws Exception {
    PandaClient pandas = client.pandas();
    PandaState panda = PandaReference.get(pandas, id);
    Map<Integer, List<CurvePoint>> points = BranchCurves.fetch(pandas, panda);
    Map<Integer, ReplayComparison.Side> recorded = new TreeMap<>();
    for (PandaBranch branch : panda.getBranchesList()) {
      recorded.put(
          branch.getBranch(),
          new ReplayComparison.Side(
              points.getOrDefault(branch.getBranch(), List.of()),
              digests(pandas, panda, branch.getBranch())));
    }
    Map<Integer, ReplayComparison.Side> replayed = new TreeMap<>();
    try {
      new PandaReplay(panda, points, new DataCache().get(data(panda)), new CpuBackend(), this::tell)
          .train()
          .forEach(
              (branch, trained) ->
                  replayed.put(
                      branch, new ReplayComparison.Side(trained.points(), trained.digests())));
    } catch (TrainingRun.DivergedException
        | TrainingRun.InfeasibleException
        | IllegalArgumentException e) {
      throw new CommandException(
          ExitCode.FAILED,
          "%s cannot be trained again as it was recorded: %s".formatted(id, e.getMessage()));
    }
    ReplayComparison comparison = ReplayComparison.of(recorded, replayed);
    print(() -> json(panda, comparison), () -> lines(panda, comparison));
    return comparison.same() ? ExitCode.OK : ExitCode.FAILED;
  }

  private DataSource data(PandaState panda) {
    Path base = directory;
    if (base == null || panda.getPandaFile().isEmpty()) {
      return panda.getData();
    }
    try {
      return PandaFile.parse(panda.getPandaFile(), base).data();
    } catch (SweepFileException e) {
      throw new CommandException(
          ExitCode.FAILED, "the panda's file is not understood any more: " + e.getMessage());
    }
  }

  /**
   * Of a branch's kept checkpoints, by their numbers. Each is as large as its network: one at a
   * time.
   */
  private static Map<Integer, String> digests(PandaClient pandas, PandaState panda, int branch)
      throws Exception {
    Map<Integer, String> digests = new TreeMap<>();
    for (PandaCheckpoint checkpoint : panda.getCheckpointsList()) {
      if (checkpoint.getBranch() == branch) {
        digests.put(
            checkpoint.getNumber(),
            CheckpointDigest.of(
                Answers.await(
                    pandas.checkpoint(
                        GetPandaCheckpointRequest.newBuilder()
                            .setPandaId(panda.getPandaId())
                            .setCheckpoint(checkpoint.getNumber())
                            .build()))));
      }
    }
    return digests;
  }

  private void tell(String progress) {
    if (!isJson()) {
      err().println(progress);
      err().flush();
    }
  }

  static List<String> lines(PandaState panda, ReplayComparison comparison) {
    TextTable table =
        new TextTable(
            List.of("branch", "from step", "to step", "points", "checkpoints", "replayed"));
    List<String> differences = new ArrayList<>();
    for (ReplayComparison.Branch branch : comparison.branches()) {
      PandaBranch known = Lineage.of(panda, branch.branch()).stretches().getLast().branch();
      String difference = branch.difference();
      table.add(
          List.of(
              Integer.toString(branch.branch()),
              Long.toString(known.getFromStep()),
              Long.toString(known.getStep()),
              Integer.toString(branch.points()),
              Integer.toString(branch.checkpoints()),
              difference == null ? "the same" : "differs"));
      if (difference != null) {
        differences.add("branch %d: %s".formatted(branch.branch(), difference));
      }
    }
    List<String> lines = new ArrayList<>(table.lines());
    lines.add("");
    lines.add("digest " + comparison.replayed());
    if (!differences.isEmpty()) {
      lines.add("but recorded was " + comparison.recorded());
      lines.add("It first differs at " + differences.getFirst());
    }
    return lines;
  }

  private static ObjectNode json(PandaState panda, ReplayComparison comparison) {
    ObjectNode document = Json.object().put("panda", panda.getPandaId());
    ArrayNode branches = document.putArray("branches");
    for (ReplayComparison.Branch branch : comparison.branches()) {
      branches
          .addObject()
          .put("branch", branch.branch())
          .put("points", branch.points())
          .put("checkpoints", branch.checkpoints())
          .put("same", branch.difference() == null)
          .put("first_difference", branch.difference());
    }
    return document
        .put("recorded", comparison.recorded())
        .put("replayed", comparison.replayed())
        .put("same", comparison.same());
  }
}
