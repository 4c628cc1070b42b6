package dev.caviar.coordinator.sweep;

import java.util.Arrays;

/**
 * Where in a feed the statuses and the curves of packed trials stand, as two flat arrays: twelve
 * bytes each, where an entry of its own would cost some hundred. Belongs to one actor.
 */
final class PackedEntries {
  // Increasing.
  private long[] cursors = new long[64];
  // Of a status the trial's number; of a curve its complement.
  private int[] whats = new int[64];
  private int size;

  static int status(int trial) {
    return trial;
  }

  static int curve(int trial) {
    return ~trial;
  }

  static boolean isStatus(int what) {
    return what >= 0;
  }

  static int trial(int what) {
    return what >= 0 ? what : ~what;
  }

  /** Puts one in its place; the others of its page, which are few, make way. */
  void add(long cursor, int what) {
    reserve(1);
    int at = after(cursor);
    System.arraycopy(cursors, at, cursors, at + 1, size - at);
    System.arraycopy(whats, at, whats, at + 1, size - at);
    cursors[at] = cursor;
    whats[at] = what;
    size++;
  }

  /** Puts all of a page in their places, which are the last ones unless it was kept waiting. */
  void addAll(PackedEntries page) {
    reserve(page.size);
    int mine = size - 1;
    int added = page.size - 1;
    size += page.size;
    for (int at = size - 1; added >= 0; at--) {
      boolean stays = mine < 0 || cursors[mine] < page.cursors[added];
      cursors[at] = stays ? page.cursors[added] : cursors[mine];
      whats[at] = stays ? page.whats[added--] : whats[mine--];
    }
  }

  private void reserve(int more) {
    if (size + more > cursors.length) {
      int length = size + Math.max(more, size / 2);
      cursors = Arrays.copyOf(cursors, length);
      whats = Arrays.copyOf(whats, length);
    }
  }

  /** Takes out those of the trials from {@code first} to before {@code end}. */
  PackedEntries remove(int first, int end) {
    PackedEntries removed = new PackedEntries();
    int kept = 0;
    for (int i = 0; i < size; i++) {
      int trial = trial(whats[i]);
      if (trial >= first && trial < end) {
        removed.add(cursors[i], whats[i]);
      } else {
        cursors[kept] = cursors[i];
        whats[kept++] = whats[i];
      }
    }
    size = kept;
    return removed;
  }

  int size() {
    return size;
  }

  /** The place of the first that comes after a cursor; the size if none does. */
  int after(long cursor) {
    int found = Arrays.binarySearch(cursors, 0, size, cursor);
    return found < 0 ? -found - 1 : found + 1;
  }

  long cursor(int place) {
    return cursors[place];
  }

  int what(int place) {
    return whats[place];
  }
}
