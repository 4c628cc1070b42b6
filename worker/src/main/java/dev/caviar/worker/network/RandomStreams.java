package dev.caviar.worker.network;

import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.core.source64.Philox4x64;

/**
 * A trial's randomness. Each draw is a pure function of (seed, purpose, index): there is no
 * generator whose state would have to be kept in a checkpoint, and no order of threads that could
 * change a result. Philox is counter-based: Salmon et al., "Parallel random numbers: as easy as 1,
 * 2, 3", 2011.
 */
public final class RandomStreams {
  /** What numbers are drawn for. */
  public enum Purpose {
    /** Initial weights; the index is the dense layer. */
    INITIAL_WEIGHTS(0),
    /** The order of examples; the index is the epoch. */
    SHUFFLE(1),
    /** Dropout masks; the index is the training step times 1,000 plus the layer. */
    DROPOUT(2),
    /** Division into train, dev and test; the index is the class. */
    SPLIT(3);

    private final long key;

    Purpose(long key) {
      this.key = key;
    }
  }

  private RandomStreams() {}

  /** A generator that starts at the same place whenever it is asked for with the same arguments. */
  public static UniformRandomProvider stream(long seed, Purpose purpose, long index) {
    // Philox takes a key of two words and a counter of four; the low counter word runs.
    return new Philox4x64(new long[] {seed, purpose.key, 0, index, 0, 0});
  }
}
