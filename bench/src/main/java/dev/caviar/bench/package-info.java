/** JMH benchmarks. Nothing else may depend on them. */
@NullMarked
package dev.caviar.bench;

import org.jspecify.annotations.NullMarked;
