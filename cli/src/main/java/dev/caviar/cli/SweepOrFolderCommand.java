package dev.caviar.cli;

import dev.caviar.cli.results.RecordedSweep;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.coordinator.space.SweepFile;
import dev.caviar.coordinator.space.SweepFileException;
import dev.caviar.proto.v1.GetSweepResponse;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Parameters;

/** A command about a sweep of a coordinator elsewhere, or one that left its folder here. */
abstract class SweepOrFolderCommand extends ClusterCommand {
  @SuppressWarnings("NullAway.Init")
  @Parameters(
      paramLabel = "SWEEP",
      description = {
        SweepReference.DESCRIPTION,
        "Or the folder with its results; no coordinator is asked then."
      })
  private String sweep;

  /** The sweep; of one from a folder there is little status. */
  final GetSweepResponse get(SweepClient client) throws Exception {
    Path folder = folder();
    return folder == null
        ? SweepCommand.get(client, SweepReference.resolve(client, sweep).getStatus().getSweepId())
        : RecordedSweep.read(folder);
  }

  private @Nullable Path folder() {
    try {
      Path folder = Path.of(sweep);
      return RecordedSweep.isAt(folder) ? folder : null;
    } catch (InvalidPathException e) {
      // Then it is no folder's name.
      return null;
    }
  }

  /** What the sweep's file says. */
  static SweepDefinition definition(GetSweepResponse sweep) {
    try {
      // Where its data are does not matter here.
      return SweepFile.parse(sweep.getSweepFile(), Path.of(""));
    } catch (SweepFileException e) {
      throw new CommandException(
          ExitCode.FAILED,
          "The sweep file of %s is not understood by this version of caviar: %s"
              .formatted(id(sweep), e.problems().getFirst().message()));
    }
  }

  static String id(GetSweepResponse sweep) {
    return sweep.getSummary().getStatus().getSweepId();
  }

  /**
   * Of a sweep that is to be trained again from its file.
   *
   * @throws CommandException if its trials began with a network that the file does not have
   */
  static void requireNewWeights(GetSweepResponse sweep) {
    if (sweep.hasStart()) {
      throw new CommandException(
          ExitCode.USAGE,
          "the trials of %s began with the network of panda %s at checkpoint %d, of which the sweep file says nothing, so they cannot be trained again from that"
              .formatted(
                  id(sweep), sweep.getStart().getPandaId(), sweep.getStart().getCheckpoint()));
    }
  }
}
