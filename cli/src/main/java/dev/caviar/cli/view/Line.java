package dev.caviar.cli.view;

/** One line of a fixed greatest width, styled or not. What does not fit is cut off. */
final class Line {
  private final int limit;
  private final boolean colors;
  private final StringBuilder text = new StringBuilder();
  private int width;

  Line(int limit, boolean colors) {
    this.limit = limit;
    this.colors = colors;
  }

  Line add(String more) {
    return add(more, Style.PLAIN);
  }

  Line add(String more, Style style) {
    String fitting = Texts.cut(more, limit - width);
    text.append(colors ? style.apply(fitting) : fitting);
    width += Texts.width(fitting);
    return this;
  }

  /** Blanks up to a column. */
  Line to(int column) {
    return add(" ".repeat(Math.max(0, Math.min(column, limit) - width)));
  }

  int width() {
    return width;
  }

  int room() {
    return limit - width;
  }

  @Override
  public String toString() {
    return colors ? text.toString() : text.toString().stripTrailing();
  }
}
