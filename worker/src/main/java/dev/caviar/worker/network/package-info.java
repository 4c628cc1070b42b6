/**
 * The batch-norm network as such: its shape, its hyperparameters, its state and its initial
 * weights. No arithmetic over examples (that is backend), no actors, no input or output.
 */
@NullMarked
package dev.caviar.worker.network;

import org.jspecify.annotations.NullMarked;
