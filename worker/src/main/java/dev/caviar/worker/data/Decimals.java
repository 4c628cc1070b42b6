package dev.caviar.worker.data;

/** Decimal numbers as CSV files write them: {@code -1.5}, {@code 3e-4}, {@code .5}, {@code 16}. */
final class Decimals {
  /** 10⁰ to 10¹⁰, each exact as a float. */
  private static final float[] POWERS = {
    1e0f, 1e1f, 1e2f, 1e3f, 1e4f, 1e5f, 1e6f, 1e7f, 1e8f, 1e9f, 1e10f
  };

  /** Whole numbers up to this are exact as floats: 2²⁴. */
  private static final int EXACT = 1 << 24;

  private static final int EXPONENT_LIMIT = 100_000;

  private Decimals() {}

  /** {@link #parse(char[], int, int)} of a whole text. */
  static float parse(String text) {
    return parse(text.toCharArray(), 0, text.length());
  }

  /**
   * The float nearest to the number, blanks around it ignored.
   *
   * @return NaN if it is no decimal number (NaN, Infinity, hexadecimal and {@code 1f} are none, as
   *     they are not in a spreadsheet either), or if it is too large for a float
   */
  static float parse(char[] text, int offset, int length) {
    int at = offset;
    int end = offset + length;
    while (at < end && text[at] <= ' ') {
      at++;
    }
    while (end > at && text[end - 1] <= ' ') {
      end--;
    }
    int start = at;
    boolean negative = at < end && text[at] == '-';
    if (at < end && (text[at] == '-' || text[at] == '+')) {
      at++;
    }

    int mantissa = 0;
    boolean exact = true;
    int digits = 0;
    int exponent = 0;
    boolean point = false;
    for (; at < end; at++) {
      char c = text[at];
      if (c == '.' && !point) {
        point = true;
        continue;
      }
      int digit = c - '0';
      if (digit < 0 || digit > 9) {
        break;
      }
      digits++;
      exact &= mantissa <= (EXACT - 9) / 10;
      if (exact) {
        mantissa = 10 * mantissa + digit;
      }
      exponent -= point ? 1 : 0;
    }
    if (digits == 0) {
      return Float.NaN;
    }
    if (at < end) {
      if (text[at] != 'e' && text[at] != 'E') {
        return Float.NaN;
      }
      int written = exponent(text, at + 1, end);
      if (written == Integer.MIN_VALUE) {
        return Float.NaN;
      }
      exponent += written;
    }

    if (exact && exponent >= -10 && exponent <= 10) {
      // One rounding of two exact numbers is the nearest float: W. D. Clinger, "How to read
      // floating point numbers accurately", 1990.
      float value = exponent < 0 ? mantissa / POWERS[-exponent] : mantissa * POWERS[exponent];
      return negative ? -value : value;
    }
    float value = Float.parseFloat(new String(text, start, end - start));
    return Float.isInfinite(value) ? Float.NaN : value;
  }

  /** The whole number at {@code at}, held within ±{@value #EXPONENT_LIMIT}; MIN_VALUE: none. */
  private static int exponent(char[] text, int from, int end) {
    int at = from;
    boolean negative = at < end && text[at] == '-';
    if (at < end && (text[at] == '-' || text[at] == '+')) {
      at++;
    }
    if (at == end) {
      return Integer.MIN_VALUE;
    }
    int value = 0;
    for (; at < end; at++) {
      int digit = text[at] - '0';
      if (digit < 0 || digit > 9) {
        return Integer.MIN_VALUE;
      }
      value = Math.min(EXPONENT_LIMIT, 10 * value + digit);
    }
    return negative ? -value : value;
  }

  /** What keeps {@code text} from being a number that can be trained on: "is empty", ... */
  static String complaint(String text) {
    String trimmed = text.strip();
    if (trimmed.isEmpty()) {
      return "is empty; fill it in or leave the line out";
    }
    if (isMissing(trimmed)) {
      return "is missing (%s); fill it in or leave the line out".formatted(quote(trimmed));
    }
    if (trimmed.matches("[+-]?(?i:inf|infinity)")) {
      return "is %s; it must be finite".formatted(quote(trimmed));
    }
    if (trimmed.matches("[+-]?\\d*,\\d+")) {
      return "is %s; decimals are written with a point".formatted(quote(trimmed));
    }
    if (trimmed.matches("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?")) {
      return "is %s; that is beyond a 32-bit float, whose largest is 3.4e38"
          .formatted(quote(trimmed));
    }
    return "is %s; it must be a number".formatted(quote(trimmed));
  }

  /** Whether {@code text} is one of the ways to write that a value is not known. */
  static boolean isMissing(String text) {
    return text.isBlank() || text.strip().matches("(?i:na|n/a|nan|null|none|nil|\\?|-|\\.)");
  }

  /** {@code text} as messages show it: in quotes, and not too long. */
  static String quote(String text) {
    return "'" + (text.length() > 40 ? text.substring(0, 40) + "..." : text) + "'";
  }
}
