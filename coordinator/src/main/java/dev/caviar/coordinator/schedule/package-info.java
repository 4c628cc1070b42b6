/** Which trials train on and which end early. Pure: it knows neither actors nor stores. */
@NullMarked
package dev.caviar.coordinator.schedule;

import org.jspecify.annotations.NullMarked;
