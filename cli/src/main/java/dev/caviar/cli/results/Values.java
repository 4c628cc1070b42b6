package dev.caviar.cli.results;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caviar.coordinator.space.Hyperparameter;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterValue;
import dev.caviar.proto.v1.ParameterValues;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Parameters as files keep them: all digits, so that reading gives back the same number. */
public final class Values {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private static final Pattern WHOLE = Pattern.compile("-?[0-9]+");
  private static final Pattern REAL = Pattern.compile("-?[0-9]+\\.[0-9]+(E-?[0-9]+)?");

  private Values() {}

  /** For a CSV file; the values of layers have a blank between them. */
  static String text(ParameterValue value) {
    return switch (value.getKindCase()) {
      case REAL -> Double.toString(value.getReal());
      case INTEGER -> Long.toString(value.getInteger());
      case TEXT -> value.getText();
      case FLAG -> Boolean.toString(value.getFlag());
      case PER_LAYER ->
          value.getPerLayer().getValuesList().stream()
              .map(Values::text)
              .collect(Collectors.joining(" "));
      case KIND_NOT_SET -> "";
    };
  }

  /**
   * The value that {@link #text} wrote: real numbers have a point or an exponent there, and of the
   * parameters hidden_units alone has values of layers.
   */
  static ParameterValue parse(String name, String text) {
    if (name.equals(Hyperparameter.HIDDEN_UNITS.key())) {
      ParameterValues.Builder layers = ParameterValues.newBuilder();
      for (String layer : text.split(" ", -1)) {
        layers.addValues(parse("", layer));
      }
      return ParameterValue.newBuilder().setPerLayer(layers).build();
    }
    ParameterValue.Builder value = ParameterValue.newBuilder();
    if (WHOLE.matcher(text).matches()) {
      return value.setInteger(Long.parseLong(text)).build();
    }
    if (text.equals("true") || text.equals("false")) {
      return value.setFlag(text.equals("true")).build();
    }
    return REAL.matcher(text).matches()
        ? value.setReal(Double.parseDouble(text)).build()
        : value.setText(text).build();
  }

  /** A parameter's value; those of layers are an array. */
  static JsonNode json(ParameterValue value) {
    return switch (value.getKindCase()) {
      case REAL -> number(value.getReal());
      case INTEGER -> JSON.numberNode(value.getInteger());
      case TEXT -> JSON.textNode(value.getText());
      case FLAG -> JSON.booleanNode(value.getFlag());
      case PER_LAYER -> {
        ArrayNode layers = JSON.arrayNode();
        value.getPerLayer().getValuesList().forEach(each -> layers.add(json(each)));
        yield layers;
      }
      case KIND_NOT_SET -> JSON.nullNode();
    };
  }

  /** What {@link #json(List)} wrote. */
  static List<Parameter> parameters(JsonNode node) {
    return node.properties().stream()
        .map(
            entry ->
                Parameter.newBuilder()
                    .setName(entry.getKey())
                    .setValue(parse(entry.getValue()))
                    .build())
        .toList();
  }

  private static ParameterValue parse(JsonNode node) {
    ParameterValue.Builder value = ParameterValue.newBuilder();
    if (node.isArray()) {
      node.forEach(each -> value.getPerLayerBuilder().addValues(parse(each)));
    } else if (node.isIntegralNumber()) {
      value.setInteger(node.longValue());
    } else if (node.isNumber()) {
      value.setReal(node.doubleValue());
    } else if (node.isBoolean()) {
      value.setFlag(node.booleanValue());
    } else {
      value.setText(node.asText());
    }
    return value.build();
  }

  /** Parameters by their names, in their order. */
  public static ObjectNode json(List<Parameter> parameters) {
    ObjectNode node = JSON.objectNode();
    parameters.forEach(parameter -> node.set(parameter.getName(), json(parameter.getValue())));
    return node;
  }

  /** JSON has no NaN and no infinity: they become null. */
  public static JsonNode number(double x) {
    return Double.isFinite(x) ? JSON.numberNode(x) : JSON.nullNode();
  }
}
