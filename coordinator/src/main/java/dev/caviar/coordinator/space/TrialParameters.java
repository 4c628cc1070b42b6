package dev.caviar.coordinator.space;

import dev.caviar.coordinator.space.Dimension.Test;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterValues;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Completes the values drawn for a trial to all it trains with. */
final class TrialParameters {
  private final SearchSpace space;
  private final Map<String, ParameterValue> drawn;

  TrialParameters(SearchSpace space, Map<String, ParameterValue> drawn) {
    this.space = space;
    this.drawn = drawn;
  }

  List<Parameter> list() {
    List<Parameter> parameters = new ArrayList<>();
    for (Hyperparameter hyperparameter : Hyperparameter.values()) {
      dev.caviar.proto.v1.ParameterValue value = message(hyperparameter);
      if (value != null) {
        parameters.add(
            Parameter.newBuilder().setName(hyperparameter.key()).setValue(value).build());
      }
    }
    return List.copyOf(parameters);
  }

  private dev.caviar.proto.v1.@Nullable ParameterValue message(Hyperparameter hyperparameter) {
    if (hyperparameter == Hyperparameter.HIDDEN_UNITS) {
      return units();
    }
    return isUsed(hyperparameter) ? value(hyperparameter).message() : null;
  }

  private dev.caviar.proto.v1.@Nullable ParameterValue units() {
    long layers =
        value(Hyperparameter.HIDDEN_LAYERS) instanceof ParameterValue.Whole(long n) ? n : 0;
    if (layers == 0) {
      return null;
    }
    ParameterValue alike = value(Hyperparameter.HIDDEN_UNITS);
    ParameterValues.Builder values = ParameterValues.newBuilder();
    for (int layer = 0; layer < layers; layer++) {
      ParameterValue own = lookUp(Dimension.nameOf(Hyperparameter.HIDDEN_UNITS.key(), layer));
      values.addValues((own == null ? alike : own).message());
    }
    return dev.caviar.proto.v1.ParameterValue.newBuilder().setPerLayer(values).build();
  }

  /** Follows usedWhen over defaults too: a subject that was not drawn has its default. */
  private boolean isUsed(Hyperparameter hyperparameter) {
    Test usedWhen = hyperparameter.usedWhen();
    return usedWhen == null
        || usedWhen
            .values()
            .contains(value(Hyperparameter.named(usedWhen.parameter()).orElseThrow()));
  }

  private ParameterValue value(Hyperparameter hyperparameter) {
    ParameterValue known = lookUp(hyperparameter.key());
    return known == null ? hyperparameter.standard() : known;
  }

  private @Nullable ParameterValue lookUp(String name) {
    ParameterValue value = drawn.get(name);
    return value == null ? space.constants().get(name) : value;
  }
}
