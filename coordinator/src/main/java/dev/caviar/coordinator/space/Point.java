package dev.caviar.coordinator.space;

import java.util.Map;

/**
 * One point of a search space: a value for each dimension that applies, by the dimension's name and
 * in the space's order.
 */
public record Point(Map<String, ParameterValue> values) {}
