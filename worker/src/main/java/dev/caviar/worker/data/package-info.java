/**
 * Data sets: where examples come from, how they are divided into train, dev and test, and how
 * inputs are normalised. No actors.
 */
@NullMarked
package dev.caviar.worker.data;

import org.jspecify.annotations.NullMarked;
