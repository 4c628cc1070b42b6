package dev.caviar.coordinator.space;

import java.util.List;
import java.util.Map;

/**
 * All that can be sampled, and the constants beside it.
 *
 * @param dimensions what samplers draw, in the order of the sweep file, a condition's subject
 *     always before whatever depends on it
 * @param constants parameters that are the same in every trial, defaults included
 */
public record SearchSpace(List<Dimension> dimensions, Map<String, ParameterValue> constants) {}
