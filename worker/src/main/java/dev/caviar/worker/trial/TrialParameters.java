package dev.caviar.worker.trial;

import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterValue;
import dev.caviar.worker.network.Activation;
import dev.caviar.worker.network.LearningRateDecay;
import dev.caviar.worker.network.Loss;
import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.Optimizer;
import dev.caviar.worker.network.OptimizerSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A trial's hyperparameters, read from what the coordinator sent: each by its name in the sweep
 * file. The coordinator fills in all defaults; here a parameter that is needed and missing, or of
 * the wrong kind, is an error.
 */
final class TrialParameters {
  private final Map<String, ParameterValue> values = new LinkedHashMap<>();

  /**
   * @throws IllegalArgumentException if a parameter stands twice
   */
  TrialParameters(List<Parameter> parameters) {
    for (Parameter parameter : parameters) {
      if (values.put(parameter.getName(), parameter.getValue()) != null) {
        throw new IllegalArgumentException("parameter " + parameter.getName() + " stands twice");
      }
    }
  }

  /** These, with the given ones in place of those of the same name. */
  TrialParameters with(List<Parameter> changes) {
    TrialParameters changed = new TrialParameters(changes);
    TrialParameters merged = new TrialParameters(toProto());
    merged.values.putAll(changed.values);
    return merged;
  }

  /** Those that are otherwise, or not at all, in the other. */
  List<Parameter> unlike(TrialParameters other) {
    return toProto().stream()
        .filter(each -> !each.getValue().equals(other.values.get(each.getName())))
        .toList();
  }

  List<Parameter> toProto() {
    List<Parameter> parameters = new ArrayList<>();
    values.forEach(
        (name, value) ->
            parameters.add(Parameter.newBuilder().setName(name).setValue(value).build()));
    return parameters;
  }

  int epochs() {
    return atLeastOne("epochs");
  }

  int batchSize() {
    return atLeastOne("batch_size");
  }

  /** The shape that these parameters give a network between such inputs and outputs. */
  NetworkConfig network(int inputs, int outputs, Loss loss) {
    return new NetworkConfig(
        inputs,
        hiddenUnits(),
        outputs,
        choice(Activation.class, "activation"),
        loss,
        flag("batch_norm"),
        flag("batch_norm")
            ? (float) real("batch_norm_momentum")
            : NetworkConfig.DEFAULT_BATCH_NORM_MOMENTUM,
        flag("batch_norm")
            ? (float) real("batch_norm_epsilon")
            : NetworkConfig.DEFAULT_BATCH_NORM_EPSILON,
        (float) real("dropout"));
  }

  /**
   * What the optimizer does in the given epoch, 0 being the first, or the one where the learning
   * rate's decay began anew.
   *
   * @throws IllegalArgumentException if something is out of range
   */
  OptimizerSettings optimizer(int epoch) {
    if (!(real("learning_rate_decay") >= 0)) {
      throw new IllegalArgumentException(
          "learning_rate_decay is out of range: " + real("learning_rate_decay"));
    }
    Optimizer optimizer = choice(Optimizer.class, "optimizer");
    OptimizerSettings unused = OptimizerSettings.adam(1f);
    return new OptimizerSettings(
        optimizer,
        LearningRateDecay.learningRate(real("learning_rate"), real("learning_rate_decay"), epoch),
        optimizer == Optimizer.MOMENTUM ? (float) real("momentum") : unused.momentum(),
        optimizer == Optimizer.ADAM ? (float) real("beta1") : unused.beta1(),
        adaptive(optimizer) ? (float) real("beta2") : unused.beta2(),
        adaptive(optimizer) ? (float) real("epsilon") : unused.epsilon(),
        (float) real("l2"));
  }

  private static boolean adaptive(Optimizer optimizer) {
    return optimizer == Optimizer.ADAM || optimizer == Optimizer.RMSPROP;
  }

  private List<Integer> hiddenUnits() {
    int layers = values.containsKey("hidden_layers") ? whole("hidden_layers") : -1;
    if (layers == 0) {
      return List.of();
    }
    ParameterValue units = value("hidden_units");
    if (units.getKindCase() != ParameterValue.KindCase.PER_LAYER) {
      throw wrongKind("hidden_units", "a whole number for each hidden layer", units);
    }
    List<Integer> list = new ArrayList<>();
    for (ParameterValue unit : units.getPerLayer().getValuesList()) {
      list.add(whole("hidden_units", unit));
    }
    if (layers >= 0 && layers != list.size()) {
      throw new IllegalArgumentException(
          "hidden_layers is " + layers + ", but hidden_units has " + list.size() + " layers");
    }
    return list;
  }

  private ParameterValue value(String name) {
    ParameterValue value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("the trial came without the parameter " + name);
    }
    return value;
  }

  private double real(String name) {
    ParameterValue value = value(name);
    return switch (value.getKindCase()) {
      case REAL -> value.getReal();
      case INTEGER -> value.getInteger();
      default -> throw wrongKind(name, "a number", value);
    };
  }

  private int whole(String name) {
    return whole(name, value(name));
  }

  private static int whole(String name, ParameterValue value) {
    if (value.getKindCase() != ParameterValue.KindCase.INTEGER) {
      throw wrongKind(name, "a whole number", value);
    }
    if ((int) value.getInteger() != value.getInteger()) {
      throw new IllegalArgumentException(name + " is out of range: " + value.getInteger());
    }
    return (int) value.getInteger();
  }

  private int atLeastOne(String name) {
    int number = whole(name);
    if (number < 1) {
      throw new IllegalArgumentException(name + " must be at least 1, is " + number);
    }
    return number;
  }

  private boolean flag(String name) {
    ParameterValue value = value(name);
    if (value.getKindCase() != ParameterValue.KindCase.FLAG) {
      throw wrongKind(name, "true or false", value);
    }
    return value.getFlag();
  }

  private <E extends Enum<E>> E choice(Class<E> type, String name) {
    ParameterValue value = value(name);
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> constant.name().toLowerCase(Locale.ROOT).equals(value.getText()))
        .findFirst()
        .orElseThrow(() -> wrongKind(name, "one of " + names(type), value));
  }

  private static <E extends Enum<E>> String names(Class<E> type) {
    return Arrays.toString(type.getEnumConstants()).toLowerCase(Locale.ROOT);
  }

  private static IllegalArgumentException wrongKind(
      String name, String expected, ParameterValue value) {
    return new IllegalArgumentException(
        name + " must be " + expected + ", is " + value.toString().strip());
  }
}
