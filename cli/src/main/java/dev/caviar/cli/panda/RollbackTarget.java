package dev.caviar.cli.panda;

import dev.caviar.cli.view.Texts;
import dev.caviar.proto.v1.RollBackPandaRequest;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a panda is to be again, as its user says it. */
sealed interface RollbackTarget {
  /** What the help says of it. */
  String DESCRIPTION =
      "best, a time ago such as 2h or 1d12h (yesterday: 24h), step:N, epoch:N, branch:N,"
          + " checkpoint:N, or a checkpoint's name (name:NAME where it looks like one of these).";

  /** The best checkpoint on any branch. */
  record Best() implements RollbackTarget {}

  /** The last checkpoint on its way that is at least so old. */
  record Ago(Duration time) implements RollbackTarget {}

  /** After so many mini-batches on its way. */
  record Step(long step) implements RollbackTarget {}

  /** After that epoch on its way; 0: before the first. */
  record Epoch(int epoch) implements RollbackTarget {}

  /** The end of another branch. */
  record Branch(int branch) implements RollbackTarget {}

  /** A checkpoint by its number. */
  record Checkpoint(int number) implements RollbackTarget {}

  /** A checkpoint by its name. */
  record Named(String name) implements RollbackTarget {}

  /** A number of days, hours, minutes and seconds, at least one of them. */
  Pattern AGO =
      Pattern.compile("(?=.)(?:(\\d{1,6})d)?(?:(\\d{1,6})h)?(?:(\\d{1,6})m)?(?:(\\d{1,6})s)?");

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException if it is none; says what would be
   */
  static RollbackTarget parse(String text) {
    String target = text.strip();
    if (target.equals("best")) {
      return new Best();
    }
    if (target.equals("yesterday")) {
      return new Ago(Duration.ofDays(1));
    }
    Matcher ago = AGO.matcher(target);
    if (ago.matches()) {
      return new Ago(
          Duration.ofDays(number(ago.group(1)))
              .plusHours(number(ago.group(2)))
              .plusMinutes(number(ago.group(3)))
              .plusSeconds(number(ago.group(4))));
    }
    int colon = target.indexOf(':');
    if (colon >= 0) {
      String kind = target.substring(0, colon);
      String value = target.substring(colon + 1);
      return switch (kind) {
        case "step" -> new Step(whole(target, value, Long.MAX_VALUE));
        case "epoch" -> new Epoch((int) whole(target, value, Integer.MAX_VALUE));
        case "branch" -> new Branch((int) whole(target, value, Integer.MAX_VALUE));
        case "checkpoint" -> new Checkpoint((int) whole(target, value, Integer.MAX_VALUE));
        case "name" -> named(value);
        default ->
            throw new IllegalArgumentException(
                "'%s' is nothing to go back to; there is %s".formatted(target, DESCRIPTION));
      };
    }
    return named(target);
  }

  private static RollbackTarget named(String name) {
    if (name.isBlank()) {
      throw new IllegalArgumentException("what to go back to is empty; there is " + DESCRIPTION);
    }
    return new Named(name);
  }

  private static long number(@Nullable String digits) {
    return digits == null ? 0 : Long.parseLong(digits);
  }

  private static long whole(String target, String value, long most) {
    try {
      long number = Long.parseLong(value);
      if (number >= 0 && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below, as for a number below 0.
    }
    throw new IllegalArgumentException(
        "'%s' must end with a whole number from 0 on, such as %s12"
            .formatted(target, target.substring(0, target.indexOf(':') + 1)));
  }

  /** In words. */
  default String words() {
    return switch (this) {
      case Best() -> "the best";
      case Ago(Duration time) -> "what it was " + Texts.time(time) + " ago";
      case Step(long step) -> "step " + step;
      case Epoch(int epoch) -> "the end of epoch " + epoch;
      case Branch(int branch) -> "the end of branch " + branch;
      case Checkpoint(int number) -> "checkpoint " + number;
      case Named(String name) -> "checkpoint \"" + name + "\"";
    };
  }

  /** As the coordinator is asked for it. */
  default void into(RollBackPandaRequest.Builder request) {
    switch (this) {
      case Best() -> request.setBest(true);
      case Ago(Duration time) -> request.setAgoMillis(time.toMillis());
      case Step(long step) -> request.setStep(step);
      case Epoch(int epoch) -> request.setEpoch(epoch);
      case Branch(int branch) -> request.setBranch(branch);
      case Checkpoint(int number) -> request.setCheckpoint(number);
      case Named(String name) -> request.setName(name);
    }
  }
}
