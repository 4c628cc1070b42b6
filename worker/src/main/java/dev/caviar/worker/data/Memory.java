package dev.caviar.worker.data;

/** Refuses data that this JVM cannot hold, before it tries to. */
final class Memory {
  /** A little less than 2³¹: no JVM makes an array longer than this. */
  static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

  private Memory() {}

  /**
   * @param name of the file
   * @param floats that one array shall hold
   * @throws DataException if there are too many of them for an array, or for the heap
   */
  static void require(String name, long floats) {
    if (floats > MAX_ARRAY) {
      throw new DataException(
          "%s: holds %d numbers; one data set may have %d at most"
              .formatted(name, floats, MAX_ARRAY));
    }
    // As loaded and as split, each once.
    long bytes = 2 * Float.BYTES * floats;
    long heap = Runtime.getRuntime().maxMemory();
    if (bytes > heap) {
      throw new DataException(
          "%s: needs at least %d MiB of memory and this process may use %d MiB; raise its -Xmx"
              .formatted(name, bytes >> 20, heap >> 20));
    }
  }
}
