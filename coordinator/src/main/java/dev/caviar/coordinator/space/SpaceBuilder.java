package dev.caviar.coordinator.space;

import dev.caviar.coordinator.space.Declaration.Constant;
import dev.caviar.coordinator.space.Declaration.Sampled;
import dev.caviar.coordinator.space.Dimension.Condition;
import dev.caviar.coordinator.space.Dimension.Test;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes a space of what was declared, checking what no parameter can check alone. */
final class SpaceBuilder {
  private final Map<Hyperparameter, Declaration> declared;
  private final Problems problems;

  SpaceBuilder(Map<Hyperparameter, Declaration> declared, Problems problems) {
    this.declared = declared;
    this.problems = problems;
  }

  /** The space; null if anything is wrong with the file by now. */
  @Nullable SearchSpace build() {
    Map<Hyperparameter, List<Test>> conditions = new ConditionReader(declared, problems).read();
    reportLayers();
    if (!problems.isEmpty()) {
      return null;
    }
    List<Dimension> dimensions = new ArrayList<>();
    for (Sampled sampled : new ConditionOrder(declared, conditions).sampled()) {
      List<Test> tests = conditions.getOrDefault(sampled.hyperparameter(), List.of());
      if (sampled.perLayer()) {
        dimensions.addAll(layers(sampled, tests));
      } else {
        dimensions.add(dimension(sampled, sampled.name(), -1, tests));
      }
    }
    return new SearchSpace(dimensions, constants());
  }

  private void reportLayers() {
    Declaration units = declared.get(Hyperparameter.HIDDEN_UNITS);
    Declaration layers = declared.get(Hyperparameter.HIDDEN_LAYERS);
    if (units instanceof Sampled sampled && sampled.perLayer() && layers == null) {
      problems.add(
          sampled.at(),
          "hidden_units: per layer needs to know how many; add hidden_layers, sampled or constant");
    }
    if (units instanceof Sampled sampled
        && sampled.perLayer()
        && layerCount() instanceof ParameterValue.Whole(long count)
        && count == 0) {
      problems.add(sampled.at(), "hidden_units is never used with hidden_layers 0; drop it");
    }
    if (units instanceof Constant constant && constant.perLayer()) {
      int listed = constant.values().size();
      if (layers instanceof Sampled) {
        problems.add(
            constant.at(),
            "hidden_units: lists %d layers, but hidden_layers is sampled; give one value for all"
                .formatted(listed));
      } else if (layerCount() instanceof ParameterValue.Whole(long count) && count != listed) {
        problems.add(
            constant.at(),
            "hidden_units: lists %d layers, but hidden_layers is %d; make them agree"
                .formatted(listed, count));
      }
    }
  }

  private @Nullable ParameterValue layerCount() {
    return declared.get(Hyperparameter.HIDDEN_LAYERS) instanceof Constant constant
        ? constant.values().getFirst()
        : null;
  }

  private List<Dimension> layers(Sampled units, List<Test> tests) {
    String subject = Hyperparameter.HIDDEN_LAYERS.key();
    boolean sampled = declared.get(Hyperparameter.HIDDEN_LAYERS) instanceof Sampled;
    long most =
        declared.get(Hyperparameter.HIDDEN_LAYERS) instanceof Sampled layers
            ? layers.greatest()
            : layerCount() instanceof ParameterValue.Whole(long count) ? count : 0;
    List<Dimension> dimensions = new ArrayList<>();
    for (int layer = 0; layer < most; layer++) {
      List<Test> withLayer = new ArrayList<>(tests);
      if (sampled) {
        List<ParameterValue> deepEnough = new ArrayList<>();
        for (long count = layer + 1L; count <= most; count++) {
          deepEnough.add(new ParameterValue.Whole(count));
        }
        withLayer.addFirst(new Test(subject, deepEnough));
      }
      dimensions.add(dimension(units, Dimension.nameOf(units.name(), layer), layer, withLayer));
    }
    return dimensions;
  }

  private static Dimension dimension(Sampled sampled, String name, int layer, List<Test> tests) {
    return new Dimension(
        name,
        sampled.name(),
        layer,
        sampled.domain(),
        tests.isEmpty() ? null : new Condition(tests),
        sampled.gridPoints(),
        sampled.mayWiden());
  }

  private Map<String, ParameterValue> constants() {
    Map<String, ParameterValue> constants = new LinkedHashMap<>();
    for (Hyperparameter hyperparameter : Hyperparameter.values()) {
      String name = hyperparameter.key();
      Declaration declaration = declared.get(hyperparameter);
      if (declaration instanceof Constant constant && constant.perLayer()) {
        for (int layer = 0; layer < constant.values().size(); layer++) {
          constants.put(Dimension.nameOf(name, layer), constant.values().get(layer));
        }
      } else if (declaration instanceof Constant constant) {
        constants.put(name, constant.values().getFirst());
      } else if (declaration == null) {
        constants.put(name, standard(hyperparameter));
      }
    }
    return constants;
  }

  private ParameterValue standard(Hyperparameter hyperparameter) {
    return hyperparameter == Hyperparameter.HIDDEN_LAYERS
            && declared.get(Hyperparameter.HIDDEN_UNITS) instanceof Constant units
        ? new ParameterValue.Whole(units.values().size())
        : hyperparameter.standard();
  }
}
