package dev.caviar.cli;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * How a user names one of the things that a coordinator keeps: by its id, the beginning of its id,
 * or {@code last}.
 *
 * @param noun what it is, for messages
 * @param id its id
 * @param maker the command that makes one
 * @param lister the command that lists all
 */
public record References<T>(String noun, Function<T, String> id, String maker, String lister) {
  /** The newest. */
  static final String LAST = "last";

  /** Of those that could be meant. */
  private static final int MOST_SHOWN = 8;

  /**
   * The one that is meant.
   *
   * @param all the newest first
   * @throws CommandException if there is none, or more than one
   */
  public T resolve(List<T> all, String reference) {
    if (all.isEmpty()) {
      throw new CommandException(
          ExitCode.USAGE,
          "There is no %s yet at this coordinator: `%s` makes one.".formatted(noun, maker));
    }
    for (T each : all) {
      if (id.apply(each).equals(reference)) {
        return each;
      }
    }
    if (reference.equals(LAST)) {
      return all.getFirst();
    }
    List<T> meant = all.stream().filter(each -> id.apply(each).startsWith(reference)).toList();
    if (meant.size() == 1) {
      return meant.getFirst();
    }
    throw new CommandException(
        ExitCode.USAGE,
        meant.isEmpty()
            ? "There is no %s %s. There are:\n%s".formatted(noun, reference, shown(all))
            : "%d %ss begin with %s:\n%s".formatted(meant.size(), noun, reference, shown(meant)));
  }

  private String shown(List<T> several) {
    String shown =
        several.stream()
            .limit(MOST_SHOWN)
            .map(each -> "  " + id.apply(each))
            .collect(Collectors.joining("\n"));
    int more = several.size() - MOST_SHOWN;
    return more > 0 ? shown + "\n  ... and %d more: `%s` shows all".formatted(more, lister) : shown;
  }
}
