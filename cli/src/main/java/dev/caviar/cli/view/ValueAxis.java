package dev.caviar.cli.view;

/**
 * The upright axis of a chart, which says what value lies on which row.
 *
 * @param low at the bottom
 * @param high at the top, above low
 * @param log whether it is logarithmic; low is above 0 then
 */
record ValueAxis(double low, double high, boolean log) {
  /** Columns of the numbers beside it. */
  static final int LABEL = 8;

  /** Above this ratio of largest to smallest value the axis is logarithmic. */
  private static final double LOG_RATIO = 20;

  /** An axis on which both values can be seen, and all between. */
  static ValueAxis over(double least, double most) {
    double margin = least == most ? Math.max(Math.abs(least) / 2, 1e-6) : 0;
    return new ValueAxis(least - margin, most + margin, least > 0 && most / least > LOG_RATIO);
  }

  /** A logarithmic axis on which both values, which are above 0, can be seen. */
  static ValueAxis logarithmic(double least, double most) {
    double margin = least == most ? 2 : 1;
    return new ValueAxis(least / margin, most * margin, true);
  }

  /** The row of dots, from the top, on which a value lies. */
  int dot(double value, int dotRows) {
    double share =
        log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
    return (int) Math.round((1 - share) * (dotRows - 1));
  }

  /** Begins a row of a chart: at its top, its middle and its bottom with a number. */
  void begin(Line line, int row, int rows) {
    boolean labelled = row == 0 || row == rows - 1 || row == rows / 2;
    line.add(labelled ? Texts.right(Texts.number(valueAt(row, rows)), LABEL) : " ".repeat(LABEL));
    line.add(labelled ? " ┤" : " │");
  }

  private double valueAt(int row, int rows) {
    double share = 1 - (double) row / Math.max(1, rows - 1);
    return log ? low * Math.pow(high / low, share) : low + share * (high - low);
  }
}
