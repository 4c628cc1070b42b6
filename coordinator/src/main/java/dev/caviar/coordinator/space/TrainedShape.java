package dev.caviar.coordinator.space;

import dev.caviar.proto.v1.DataSource;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a sweep must leave as it is whose trials go on with a network that is trained already. */
public final class TrainedShape {
  private TrainedShape() {}

  /**
   * Why a sweep's trials cannot go on with a network; empty if they can.
   *
   * @param data that the network was trained on
   * @param parameters all that it was trained with
   */
  public static List<SweepFileProblem> problems(
      SweepDefinition sweep, DataSource data, List<Parameter> parameters) {
    List<String> problems = new ArrayList<>();
    if (!sweep.data().equals(data)) {
      problems.add(
          sweep.data().toBuilder().setSplitSeed(data.getSplitSeed()).build().equals(data)
              ? "data: the same examples must be held out as with the panda; add split_seed: "
                  + data.getSplitSeed()
              : "data: must be the panda's, divided as there, with split_seed: "
                  + data.getSplitSeed());
    }
    Map<String, ParameterValue> trained = new HashMap<>();
    parameters.forEach(parameter -> trained.put(parameter.getName(), parameter.getValue()));
    Map<String, ParameterValue> here = new HashMap<>();
    sweep
        .space()
        .parameters(new Point(Map.of()))
        .forEach(parameter -> here.put(parameter.getName(), parameter.getValue()));
    for (Hyperparameter hyperparameter : Hyperparameter.values()) {
      String name = hyperparameter.key();
      if (hyperparameter.changeableInTraining() || hyperparameter == Hyperparameter.EPOCHS) {
        continue;
      }
      boolean sampled =
          sweep.space().dimensions().stream().anyMatch(d -> d.parameter().equals(name));
      ParameterValue value = trained.get(name);
      if (sampled) {
        problems.add(
            "%s: cannot be sampled, as the network is trained already; the panda has %s"
                .formatted(name, text(value)));
      } else if (!Objects.equals(here.get(name), value)) {
        problems.add(
            "%s: must be %s, as the panda has it; add it to fixed".formatted(name, text(value)));
      }
    }
    return problems.stream().map(problem -> new SweepFileProblem(1, 1, problem)).toList();
  }

  private static String text(@Nullable ParameterValue value) {
    if (value == null) {
      return "none";
    }
    return value.hasPerLayer()
        ? value.getPerLayer().getValuesList().stream()
            .map(GivenPoint::text)
            .collect(Collectors.joining(", ", "[", "]"))
        : value.hasText() ? value.getText() : GivenPoint.text(value);
  }
}
