package dev.caviar.cli;

import dev.caviar.proto.v1.ChangeSpaceRequest;
import dev.caviar.proto.v1.RangeChange;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code caviar space}: a sweep's trials are drawn from other ranges. */
@Command(
    name = "space",
    mixinStandardHelpOptions = true,
    description = {
      "Narrows or widens what a sweep's next trials are drawn from. Trials outside of it stay"
          + " results; the sampler learns from those inside."
    },
    footer = {
      "",
      "Examples:",
      "  caviar space last learning_rate=1e-3..1e-2 --why \"the best lie there\"",
      "  caviar space last batch_size=32,64 optimizer=adam"
    })
final class SpaceCommand extends SweepCommand {
  @SuppressWarnings("NullAway.Init")
  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "NAME=RANGE",
      description = "A sampled parameter, and MIN..MAX or its choices.")
  private List<String> assignments;

  @Option(names = "--why", paramLabel = "TEXT", description = "Kept with the sweep.")
  private String why = "";

  @Override
  protected int run(SweepClient client) throws Exception {
    ChangeSpaceRequest.Builder request = ChangeSpaceRequest.newBuilder().setReason(why);
    try {
      assignments.forEach(assignment -> request.addRanges(range(assignment)));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(commandLine(), e.getMessage(), e);
    }
    String id = sweepId(client);
    Answers.await(client.changeSpace(request.setSweepId(id).build()));
    return print(
        () -> PauseCommand.done(id, "space", null),
        () ->
            List.of(
                "Trials of %s are drawn from %s now."
                    .formatted(id, String.join(" ", assignments))));
  }

  private static RangeChange range(String text) {
    Assignment assignment = Assignment.parse(text);
    RangeChange.Builder range = RangeChange.newBuilder().setParameter(assignment.parameter().key());
    int dots = assignment.text().indexOf("..");
    if (dots < 0) {
      for (String choice : assignment.text().split(",", -1)) {
        range.addChoices(assignment.value(choice.strip()));
      }
      return range.build();
    }
    return range
        .setMin(number(assignment, assignment.text().substring(0, dots)))
        .setMax(number(assignment, assignment.text().substring(dots + 2)))
        .build();
  }

  private static double number(Assignment assignment, String end) {
    try {
      return Double.parseDouble(end);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "%s: a range is MIN..MAX, such as 0.001..0.1; '%s' is no number"
              .formatted(assignment.parameter().key(), end),
          e);
    }
  }
}
