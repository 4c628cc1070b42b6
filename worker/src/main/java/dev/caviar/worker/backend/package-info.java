/**
 * The arithmetic of training and inference, in two forms behind one interface: CpuBackend (fast)
 * and Nd4jBackend (portable, and the reference). No actors, no input or output.
 */
@NullMarked
package dev.caviar.worker.backend;

import org.jspecify.annotations.NullMarked;
