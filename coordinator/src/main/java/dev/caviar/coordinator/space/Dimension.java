package dev.caviar.coordinator.space;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One number or choice that a sampler draws. A parameter that is drawn per layer is as many
 * dimensions as there can be layers, {@code hidden_units[0]}, {@code hidden_units[1]}, ..., each of
 * which applies where the network has that layer: samplers know nothing else of layers.
 *
 * @param name the parameter's, with the layer in brackets where it is drawn per layer
 * @param parameter the parameter's name
 * @param layer from 0, or -1 where the parameter is not drawn per layer
 * @param condition when the dimension applies; null: always
 * @param gridPoints values a grid takes from a range; null: the search's default
 * @param mayWiden whether coarse-to-fine may look beyond the range when the best trials lie on its
 *     edge, and how far
 */
public record Dimension(
    String name,
    String parameter,
    int layer,
    Domain domain,
    @Nullable Condition condition,
    @Nullable Integer gridPoints,
    @Nullable Domain mayWiden) {

  /** The same with another domain. */
  Dimension in(Domain other) {
    return new Dimension(name, parameter, layer, other, condition, gridPoints, mayWiden);
  }

  /** Whether a network that is being trained can go on with another value. */
  public boolean changeableInTraining() {
    return Hyperparameter.named(parameter).filter(Hyperparameter::changeableInTraining).isPresent();
  }

  /** What the dimension of a layer's value is called, such as {@code hidden_units[0]}. */
  public static String nameOf(String parameter, int layer) {
    return parameter + "[" + layer + "]";
  }

  /** Holds where each of the tests does. The dimensions tested come earlier in the space. */
  public record Condition(List<Test> tests) {
    public Condition {
      tests = List.copyOf(tests);
    }
  }

  /** Holds where a parameter, sampled or constant, has one of the values. */
  public record Test(String parameter, List<ParameterValue> values) {
    public Test {
      values = List.copyOf(values);
    }
  }
}
