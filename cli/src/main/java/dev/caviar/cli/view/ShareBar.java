package dev.caviar.cli.view;

/** A share as a bar of block characters, to an eighth of a character. */
public final class ShareBar {
  private static final String EIGHTHS = " ▏▎▍▌▋▊▉";

  private ShareBar() {}

  /**
   * The bar.
   *
   * @param share 0 to 1
   * @param width characters of a bar for 1
   */
  public static String of(double share, int width) {
    int eighths = (int) Math.round(Math.clamp(share, 0, 1) * width * 8);
    String part = eighths % 8 == 0 ? "" : EIGHTHS.substring(eighths % 8, eighths % 8 + 1);
    return "█".repeat(eighths / 8) + part;
  }
}
