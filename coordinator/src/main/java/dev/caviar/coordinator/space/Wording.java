package dev.caviar.coordinator.space;

import java.util.List;

/** How values and domains read in a message. */
final class Wording {
  private static final int MOST = 6;

  private Wording() {}

  static String of(ParameterValue value) {
    return switch (value) {
      case ParameterValue.Real(double x) -> Double.toString(x);
      case ParameterValue.Whole(long n) -> Long.toString(n);
      case ParameterValue.Text(String text) -> text;
      case ParameterValue.Flag(boolean flag) -> Boolean.toString(flag);
    };
  }

  /** A, b or c; the first and the last of many. */
  static String of(List<ParameterValue> values) {
    if (values.size() > MOST) {
      return of(values.getFirst()) + " to " + of(values.getLast());
    }
    return Scalars.either(values.stream().map(Wording::of).toList());
  }

  static String of(Domain domain) {
    return switch (domain) {
      case Domain.RealRange range -> range.min() + " to " + range.max();
      case Domain.WholeRange range -> range.min() + " to " + range.max();
      case Domain.Choices choices -> of(choices.values());
    };
  }
}
