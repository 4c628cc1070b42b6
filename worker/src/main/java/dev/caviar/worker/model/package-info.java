/** A trained network as it is kept in a file, and prediction with it. */
@NullMarked
package dev.caviar.worker.model;

import org.jspecify.annotations.NullMarked;
