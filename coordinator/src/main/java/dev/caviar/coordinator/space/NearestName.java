package dev.caviar.coordinator.space;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Collectors;

/** Finds the name somebody meant. */
final class NearestName {
  private static final int LONGEST = 64;

  private NearestName() {}

  /**
   * The known name of which this one is the initials, such as lr of learning_rate, or else the one
   * the fewest edits away; none if even that would be mostly another word.
   */
  static Optional<String> to(String name, Collection<String> known) {
    if (name.length() > LONGEST) {
      return Optional.empty();
    }
    Optional<String> abbreviated =
        known.stream().filter(candidate -> initials(candidate).equals(name)).findFirst();
    if (abbreviated.isPresent()) {
      return abbreviated;
    }
    return known.stream()
        .min(Comparator.comparingInt(candidate -> edits(name, candidate)))
        .filter(candidate -> edits(name, candidate) <= Math.max(1, candidate.length() / 3));
  }

  /** Of names of several words; the first letters are no abbreviation of a single one. */
  private static String initials(String name) {
    return name.indexOf('_') < 0
        ? ""
        : Arrays.stream(name.split("_"))
            .map(word -> word.substring(0, 1))
            .collect(Collectors.joining());
  }

  /** Insertions, deletions, replacements and swaps of neighbours that make one word the other. */
  private static int edits(String from, String to) {
    int[][] distance = new int[from.length() + 1][to.length() + 1];
    for (int i = 0; i <= from.length(); i++) {
      for (int j = 0; j <= to.length(); j++) {
        if (i == 0 || j == 0) {
          distance[i][j] = i + j;
          continue;
        }
        int replaced = distance[i - 1][j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        int best = Math.min(replaced, Math.min(distance[i - 1][j], distance[i][j - 1]) + 1);
        boolean swapped =
            i > 1
                && j > 1
                && from.charAt(i - 1) == to.charAt(j - 2)
                && from.charAt(i - 2) == to.charAt(j - 1);
        distance[i][j] = swapped ? Math.min(best, distance[i - 2][j - 2] + 1) : best;
      }
    }
    return distance[from.length()][to.length()];
  }
}
