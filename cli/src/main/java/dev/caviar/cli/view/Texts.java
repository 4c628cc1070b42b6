package dev.caviar.cli.view;

import dev.caviar.coordinator.space.ParameterValue.Flag;
import dev.caviar.coordinator.space.ParameterValue.Real;
import dev.caviar.coordinator.space.ParameterValue.Text;
import dev.caviar.coordinator.space.ParameterValue.Whole;
import dev.caviar.proto.v1.ParameterValue;
import java.time.Duration;
import java.util.Locale;
import java.util.stream.Collectors;

/** Numbers, times and parameters as people read them, in few characters. */
public final class Texts {
  private Texts() {}

  /** Characters of a text; all that is drawn here is one column wide each. */
  public static int width(String text) {
    return text.codePointCount(0, text.length());
  }

  /** The text itself, or as much of it as fits with a mark that some is missing. */
  public static String cut(String text, int width) {
    String line = text.replaceAll("\\p{Cntrl}+", " ");
    if (width(line) <= width) {
      return line;
    }
    return width <= 0 ? "" : line.substring(0, line.offsetByCodePoints(0, width - 1)) + "…";
  }

  /**
   * A parameter's name in less room: words from the first on become their letters, so that
   * learning_rate and learning_rate_decay can still be told apart.
   */
  static String name(String name, int width) {
    String[] words = name.split("_", -1);
    for (int i = 0; i < words.length - 1 && width(String.join("_", words)) > width; i++) {
      words[i] = words[i].isEmpty() ? "" : words[i].substring(0, 1);
    }
    return cut(String.join("_", words), width);
  }

  /** The text in so many characters, with blanks after it. */
  public static String left(String text, int width) {
    String fitting = cut(text, width);
    return fitting + " ".repeat(width - width(fitting));
  }

  /** The text in so many characters, with blanks before it. */
  public static String right(String text, int width) {
    String fitting = cut(text, width);
    return " ".repeat(width - width(fitting)) + fitting;
  }

  /** Three to four digits that count, at most 8 characters, for example 0.0278, 3.16e-5, 1234. */
  public static String number(double x) {
    if (!Double.isFinite(x)) {
      return Double.isNaN(x) ? "NaN" : x > 0 ? "inf" : "-inf";
    }
    double size = Math.abs(x);
    if (size == 0) {
      return "0";
    }
    if (size < 1e-3 || size >= 1e5) {
      return String.format(Locale.ROOT, "%.2e", x).replace("e-0", "e-").replace("e+0", "e");
    }
    int decimals = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4;
    return String.format(Locale.ROOT, "%." + decimals + "f", x);
  }

  /** As {@link #number}, without zeros that only fill: 0.01, not 0.0100. */
  public static String trimmed(double x) {
    return number(x).replaceFirst("(\\.\\d*?)0+(?=e|$)", "$1").replaceFirst("\\.(?=e|$)", "");
  }

  /** For example 4.2s, 1m 05s, 2h 10m, 3d 04h. */
  public static String time(Duration time) {
    double seconds = time.toMillis() / 1000.0;
    if (seconds < 59.95) {
      return String.format(Locale.ROOT, "%.1fs", seconds);
    }
    long whole = Math.round(seconds);
    if (whole < 3600) {
      return String.format(Locale.ROOT, "%dm %02ds", whole / 60, whole % 60);
    }
    return whole < 86_400
        ? String.format(Locale.ROOT, "%dh %02dm", whole / 3600, whole % 3600 / 60)
        : String.format(Locale.ROOT, "%dd %02dh", whole / 86_400, whole % 86_400 / 3600);
  }

  /** One value of a parameter. */
  public static String value(dev.caviar.coordinator.space.ParameterValue value) {
    return switch (value) {
      case Real(double x) -> trimmed(x);
      case Whole(long n) -> Long.toString(n);
      case Text(String text) -> text;
      case Flag(boolean flag) -> flag ? "yes" : "no";
    };
  }

  /** A parameter's value; those of layers have a comma between them. */
  public static String value(ParameterValue value) {
    return switch (value.getKindCase()) {
      case REAL -> trimmed(value.getReal());
      case INTEGER -> Long.toString(value.getInteger());
      case TEXT -> value.getText();
      case FLAG -> value.getFlag() ? "yes" : "no";
      case PER_LAYER ->
          value.getPerLayer().getValuesList().stream()
              .map(Texts::value)
              .collect(Collectors.joining(","));
      case KIND_NOT_SET -> "";
    };
  }
}
