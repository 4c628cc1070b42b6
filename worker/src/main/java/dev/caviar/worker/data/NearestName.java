package dev.caviar.worker.data;

import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import java.util.stream.Collectors;

/** Helps whoever wrote a name that does not exist. */
final class NearestName {
  private static final int LISTED = 20;

  /** Longer names are compared with nothing, as comparing takes the product of two lengths. */
  private static final int COMPARED = 200;

  private NearestName() {}

  /** {@code "; did you mean 'x'? There are x, y, z"}, as far as that can be said. */
  static String hint(String name, Collection<String> known) {
    String nearest = null;
    // More than a third of the letters wrong: some other word.
    int best = Math.max(1, name.length() / 3) + 1;
    for (String candidate : known) {
      if (name.length() > COMPARED || candidate.length() > COMPARED) {
        continue;
      }
      int distance = distance(name.toLowerCase(Locale.ROOT), candidate.toLowerCase(Locale.ROOT));
      if (distance < best) {
        best = distance;
        nearest = candidate;
      }
    }
    String list =
        known.stream().limit(LISTED).map(NearestName::shortened).collect(Collectors.joining(", "))
            + (known.size() > LISTED ? ", ... (%d in all)".formatted(known.size()) : "");
    return nearest == null
        ? "; there are " + list
        : "; did you mean '%s'? There are %s".formatted(nearest, list);
  }

  private static String shortened(String name) {
    return name.length() > COMPARED ? name.substring(0, COMPARED) + "..." : name;
  }

  /** Levenshtein's edit distance. */
  private static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    int[] current = new int[b.length() + 1];
    Arrays.setAll(previous, j -> j);
    for (int i = 1; i <= a.length(); i++) {
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(replaced, Math.min(previous[j], current[j - 1]) + 1);
      }
      int[] swap = previous;
      previous = current;
      current = swap;
    }
    return previous[b.length()];
  }
}
