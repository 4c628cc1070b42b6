package dev.caviar.cli.view;

/** One line of a fixed greatest width, styled or not. What does not fit is cut off. */
public final class Line {
  private final int limit;
  private final boolean colors;
  private final StringBuilder text = new StringBuilder();
  private int width;

  /**
   * An empty line.
   *
   * @param limit its greatest width
   * @param colors whether styles are heeded
   */
  public Line(int limit, boolean colors) {
    this.limit = limit;
    this.colors = colors;
  }

  /** Adds plain text. */
  public Line add(String more) {
    return add(more, Style.PLAIN);
  }

  /** Adds text in a style, as much of it as fits. */
  public Line add(String more, Style style) {
    String fitting = Texts.cut(more, limit - width);
    text.append(colors ? style.apply(fitting) : fitting);
    width += Texts.width(fitting);
    return this;
  }

  /** Blanks up to a column. */
  public Line to(int column) {
    return add(" ".repeat(Math.max(0, Math.min(column, limit) - width)));
  }

  /** Characters so far. */
  public int width() {
    return width;
  }

  /** Characters that still fit. */
  public int room() {
    return limit - width;
  }

  @Override
  public String toString() {
    return colors ? text.toString() : text.toString().stripTrailing();
  }
}
