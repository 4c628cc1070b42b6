/**
 * The search space and the sweep file that states it: parameters, their scales, ranges and
 * conditions, and a parser that reports every error at once. Plain code, no actors.
 */
@NullMarked
package dev.caviar.coordinator.space;

import org.jspecify.annotations.NullMarked;
