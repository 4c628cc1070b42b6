package dev.caviar.cli;

import dev.caviar.proto.v1.EnqueuePointsRequest;
import dev.caviar.proto.v1.EnqueuedPoint;
import dev.caviar.proto.v1.GetSweepResponse;
import java.util.List;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code caviar enqueue}: a trial at a given point. */
@Command(
    name = "enqueue",
    mixinStandardHelpOptions = true,
    description = {
      "Has a sweep try a point next, before those of its sampler; it is one of the sweep's trials.",
      "Parameters that are not named are drawn at random. Units of layers have commas between them."
    },
    footer = {
      "",
      "Examples:",
      "  caviar enqueue last learning_rate=0.01",
      "  caviar enqueue last learning_rate=0.01 hidden_layers=2 hidden_units=64,32"
    })
final class EnqueueCommand extends SweepCommand {
  @SuppressWarnings("NullAway.Init")
  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "NAME=VALUE",
      description = "A sampled parameter and its value.")
  private List<String> assignments;

  @Override
  protected int run(SweepClient client) throws Exception {
    GetSweepResponse sweep = get(client);
    String id = SweepOrFolderCommand.id(sweep);
    EnqueuedPoint.Builder point = EnqueuedPoint.newBuilder();
    try {
      assignments.forEach(
          assignment -> point.addParameters(Assignment.parse(assignment).toParameter()));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(commandLine(), e.getMessage(), e);
    }
    Answers.await(
        client.enqueue(
            EnqueuePointsRequest.newBuilder()
                .setSweepId(id)
                .addPoints(point)
                .setRequestId(UUID.randomUUID().toString())
                .build()));
    return print(
        () -> PauseCommand.done(id, "enqueue", null),
        () -> List.of("Enqueued %s in %s.".formatted(String.join(" ", assignments), id)));
  }
}
