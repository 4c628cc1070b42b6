/**
 * What a running sweep looks like: its state as its updates tell it, and the drawing of that state
 * as lines of text. All but {@link dev.caviar.cli.view.FullScreen} works without a terminal.
 */
@NullMarked
package dev.caviar.cli.view;

import org.jspecify.annotations.NullMarked;
