/**
 * Pandas: one model each, trained for as long as it is let, tuned while it trains, and rolled back.
 * {@link dev.caviar.coordinator.panda.PandaActor} runs one; what it decides by ({@code Retention},
 * {@code Alerts}, {@code RollbackTarget}) are pure functions. To the pool of workers a branch of a
 * panda is a trial, and to a worker too.
 */
@NullMarked
package dev.caviar.coordinator.panda;

import org.jspecify.annotations.NullMarked;
