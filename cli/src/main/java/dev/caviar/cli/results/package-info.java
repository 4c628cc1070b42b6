/** What a sweep leaves behind: a folder of files that other tools read. */
@NullMarked
package dev.caviar.cli.results;

import org.jspecify.annotations.NullMarked;
