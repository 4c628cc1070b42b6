package dev.caviar.cli;

import dev.caviar.cli.results.RecordedSweep;
import dev.caviar.coordinator.retest.RetestPlan;
import dev.caviar.coordinator.retest.RetestVerdict;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.coordinator.space.SweepDefinition.Retest;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.SubmitSweepRequest;
import dev.caviar.proto.v1.SubmitSweepResponse;
import dev.caviar.proto.v1.SweepSummary;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code caviar retest}: whether the best of an old sweep is still the best. */
@Command(
    name = "retest",
    mixinStandardHelpOptions = true,
    description = {
      "Trains the best point of a sweep again, beside its runner-ups and some fresh random points,"
          + " each on the same new seeds, and says whether it is still the best.",
      "The retest is a sweep of its own, which runs whether or not anybody waits for it."
    },
    footer = {
      "",
      "Examples:",
      "  caviar retest digits-20261123-120000",
      "  caviar retest last --seeds 10 --no-wait",
      "  caviar retest digits-20261123-120000 --verdict --output json"
    })
final class RetestCommand extends ClusterCommand {
  private static final int MOST_POINTS = 1_000;

  @SuppressWarnings("NullAway.Init")
  @Parameters(paramLabel = "SWEEP", description = SweepReference.DESCRIPTION)
  private String reference;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description =
          "On how many each point is trained (default: what the sweep file says, or "
              + Retest.STANDARD_SEEDS
              + ").")
  private @Nullable Integer seeds;

  @Option(
      names = "--runner-ups",
      paramLabel = "N",
      description = "The next best points of the sweep (default: ${DEFAULT-VALUE}).")
  private int runnerUps = RetestPlan.STANDARD_RUNNER_UPS;

  @Option(
      names = "--fresh",
      paramLabel = "N",
      description = "Random points beside them (default: ${DEFAULT-VALUE}).")
  private int fresh = RetestPlan.STANDARD_FRESH;

  @Option(
      names = "--verdict",
      description = "Begin nothing: tell of the newest retest of this sweep, or of this retest.")
  private boolean verdict;

  @Option(names = "--no-wait", description = "Print the retest's id and leave it to itself.")
  private boolean noWait;

  @Option(names = "--plain", description = "Watch it in plain lines, even on a terminal.")
  private boolean plain;

  @Override
  protected int run(SweepClient client) throws Exception {
    requireInRange("--runner-ups", runnerUps, 0, MOST_POINTS);
    requireInRange("--fresh", fresh, 0, MOST_POINTS);
    if (seeds != null) {
      requireInRange("--seeds", seeds, Retest.LEAST_SEEDS, Retest.MOST_SEEDS);
    }
    if (verdict && noWait) {
      throw new ParameterException(commandLine(), "--verdict begins nothing to wait for");
    }
    requireNoFolder();
    List<SweepSummary> sweeps = Answers.await(client.list()).getSweepsList();
    SweepSummary sweep = SweepReference.resolve(sweeps, reference);
    if (verdict) {
      return tell(client, newest(sweeps, sweep));
    }
    String id = submit(client, sweeps, sweep);
    if (noWait) {
      return print(
          () -> Json.object().put("sweep", id).put("retest_of", id(sweep)), () -> List.of(id));
    }
    err().println("Submitted " + id);
    err().flush();
    return new SweepWatch(client, commandLine(), format(), plain).toEnd(id) == null
        ? ExitCode.INTERRUPTED
        : tell(client, id);
  }

  private void requireInRange(String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw new ParameterException(
          commandLine(), "%s must be %d to %,d, is %d".formatted(option, least, most, value));
    }
  }

  private void requireNoFolder() {
    try {
      if (RecordedSweep.isAt(Path.of(reference))) {
        throw new CommandException(
            ExitCode.USAGE,
            reference
                + " is a folder with results. A retest is for sweeps of a cluster, where it is"
                + " known what is tested again; to begin with, `caviar submit` the sweep there");
      }
    } catch (InvalidPathException e) {
      // Then it is no folder's name.
    }
  }

  private String submit(SweepClient client, List<SweepSummary> sweeps, SweepSummary sweep)
      throws Exception {
    GetSweepResponse old = SweepCommand.get(client, id(sweep));
    SweepDefinition definition = SweepOrFolderCommand.definition(old);
    Retest terms = definition.retest();
    int each = seeds != null ? seeds : terms != null ? terms.seeds() : Retest.STANDARD_SEEDS;
    long earlier = sweeps.stream().filter(other -> other.getRetestOf().equals(id(sweep))).count();
    SubmitSweepRequest request;
    try {
      request =
          new RetestPlan(each, runnerUps, fresh)
              .of(definition, old, definition.search().seed() + 1 + earlier);
    } catch (IllegalArgumentException e) {
      throw cannot(id(sweep), e);
    }
    SubmitSweepResponse submitted =
        Answers.await(
            client.submit(
                request.toBuilder().setOwner(System.getProperty("user.name", "")).build()));
    if (submitted.getProblemsCount() > 0) {
      throw new CommandException(
          ExitCode.USAGE,
          "%s cannot be tested again: %s"
              .formatted(id(sweep), submitted.getProblems(0).getMessage()));
    }
    return submitted.getSweepId();
  }

  private static String newest(List<SweepSummary> sweeps, SweepSummary sweep) {
    return sweeps.stream()
        .filter(other -> other.getRetestOf().equals(id(sweep)))
        .findFirst()
        .or(() -> Optional.of(sweep).filter(one -> !one.getRetestOf().isEmpty()))
        .map(RetestCommand::id)
        .orElseThrow(
            () ->
                new CommandException(
                    ExitCode.USAGE,
                    "There is no retest of %1$s yet: `caviar retest %1$s` begins one."
                        .formatted(id(sweep))));
  }

  private int tell(SweepClient client, String id) throws Exception {
    GetSweepResponse retest = SweepCommand.get(client, id);
    GetSweepResponse old = SweepCommand.get(client, retest.getSummary().getRetestOf());
    try {
      RetestReport report = new RetestReport(old, retest, RetestVerdict.of(retest));
      return print(report::json, report::lines);
    } catch (IllegalArgumentException e) {
      throw cannot(id, e);
    }
  }

  private static CommandException cannot(String id, IllegalArgumentException e) {
    return new CommandException(
        ExitCode.FAILED, "%s tells nothing: %s".formatted(id, e.getMessage()));
  }

  private static String id(SweepSummary sweep) {
    return sweep.getStatus().getSweepId();
  }
}
