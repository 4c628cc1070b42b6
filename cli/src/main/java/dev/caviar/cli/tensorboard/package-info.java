/** Curves as TensorBoard reads them: event files, one folder for each trial. */
@NullMarked
package dev.caviar.cli.tensorboard;

import org.jspecify.annotations.NullMarked;
