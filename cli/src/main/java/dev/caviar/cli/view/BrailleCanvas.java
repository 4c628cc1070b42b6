package dev.caviar.cli.view;

/**
 * Dots on a grid twice as wide and four times as high as its characters: Unicode has a braille
 * pattern for each set of eight dots.
 */
final class BrailleCanvas {
  /** Bits of the pattern by column and row within a character. */
  private static final int[][] DOTS = {{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}};

  private final int columns;
  private final int rows;
  private final int[] patterns;
  private final Style[] styles;

  BrailleCanvas(int columns, int rows) {
    this.columns = columns;
    this.rows = rows;
    patterns = new int[columns * rows];
    styles = new Style[columns * rows];
  }

  int dotColumns() {
    return 2 * columns;
  }

  int dotRows() {
    return 4 * rows;
  }

  /** Sets one dot, (0, 0) being the upper left; of two styles in a character the last wins. */
  void dot(int x, int y, Style style) {
    if (x < 0 || y < 0 || x >= dotColumns() || y >= dotRows()) {
      return;
    }
    int cell = y / 4 * columns + x / 2;
    patterns[cell] |= DOTS[x % 2][y % 4];
    styles[cell] = style;
  }

  /** A straight line between two dots, both included. */
  void line(int x0, int y0, int x1, int y1, Style style) {
    int steps = Math.max(1, Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0)));
    for (int i = 0; i <= steps; i++) {
      double t = (double) i / steps;
      dot((int) Math.round(x0 + t * (x1 - x0)), (int) Math.round(y0 + t * (y1 - y0)), style);
    }
  }

  /** Adds one row of characters to a line. */
  void drawRow(int row, Line line) {
    for (int column = 0; column < columns; column++) {
      int cell = row * columns + column;
      if (patterns[cell] == 0) {
        line.add(" ");
      } else {
        line.add(Character.toString(0x2800 + patterns[cell]), styles[cell]);
      }
    }
  }
}
