/**
 * One sweep's life: SweepActor decides, SweepEvent says what was decided, SweepState is what all
 * events so far amount to.
 */
@NullMarked
package dev.caviar.coordinator.sweep;

import org.jspecify.annotations.NullMarked;
