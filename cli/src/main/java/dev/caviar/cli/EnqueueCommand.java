package dev.caviar.cli;

import dev.caviar.coordinator.space.GivenPoint;
import dev.caviar.coordinator.space.Hyperparameter;
import dev.caviar.proto.v1.EnqueuePointsRequest;
import dev.caviar.proto.v1.EnqueuedPoint;
import dev.caviar.proto.v1.GetSweepResponse;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterValue;
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
  int run(SweepClient client) throws Exception {
    EnqueuedPoint.Builder point = EnqueuedPoint.newBuilder();
    assignments.forEach(assignment -> point.addParameters(parameter(assignment)));
    GetSweepResponse sweep = get(client);
    String id = SweepOrFolderCommand.id(sweep);
    try {
      // The coordinator says the same, but of point 1 of 1.
      GivenPoint.of(SweepOrFolderCommand.definition(sweep).space(), point.getParametersList());
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

  private Parameter parameter(String assignment) {
    int equals = assignment.indexOf('=');
    if (equals < 1) {
      throw new ParameterException(
          commandLine(),
          "'%s' is not NAME=VALUE, such as learning_rate=0.01".formatted(assignment));
    }
    String name = assignment.substring(0, equals);
    String text = assignment.substring(equals + 1);
    Hyperparameter parameter =
        Hyperparameter.named(name)
            .orElseThrow(
                () ->
                    new ParameterException(
                        commandLine(), "there is no hyperparameter '%s'".formatted(name)));
    ParameterValue.Builder value = ParameterValue.newBuilder();
    try {
      if (parameter == Hyperparameter.HIDDEN_UNITS) {
        for (String units : text.split(",", -1)) {
          value
              .getPerLayerBuilder()
              .addValues(ParameterValue.newBuilder().setInteger(Long.parseLong(units.strip())));
        }
      } else {
        switch (parameter.kind()) {
          case Hyperparameter.Kind.RealNumber real -> value.setReal(Double.parseDouble(text));
          case Hyperparameter.Kind.WholeNumber whole -> value.setInteger(Long.parseLong(text));
          case Hyperparameter.Kind.Word word -> value.setText(text);
          case Hyperparameter.Kind.YesNo flag -> {
            if (!text.equals("true") && !text.equals("false")) {
              throw new ParameterException(
                  commandLine(), "%s must be true or false, is '%s'".formatted(name, text));
            }
            value.setFlag(text.equals("true"));
          }
        }
      }
    } catch (NumberFormatException e) {
      throw new ParameterException(
          commandLine(), "%s must be a number, is '%s'".formatted(name, text), e);
    }
    return Parameter.newBuilder().setName(name).setValue(value).build();
  }
}
