/** Who works: connected workers, their free slots, and the leases under which they run trials. */
@NullMarked
package dev.caviar.coordinator.pool;

import org.jspecify.annotations.NullMarked;
