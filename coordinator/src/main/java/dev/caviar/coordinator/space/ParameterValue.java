package dev.caviar.coordinator.space;

/** One value of a hyperparameter, in real units. Two values are equal if kind and value are. */
public sealed interface ParameterValue {
  /** A real number; finite. */
  record Real(double value) implements ParameterValue {
    public Real {
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException("not a finite number: " + value);
      }
    }
  }

  /** A whole number. */
  record Whole(long value) implements ParameterValue {}

  /** A word, such as an optimizer's name. */
  record Text(String value) implements ParameterValue {}

  /** Yes or no. */
  record Flag(boolean value) implements ParameterValue {}

  /** The value as it is sent and stored. */
  default dev.caviar.proto.v1.ParameterValue message() {
    var message = dev.caviar.proto.v1.ParameterValue.newBuilder();
    return switch (this) {
      case Real(double x) -> message.setReal(x).build();
      case Whole(long n) -> message.setInteger(n).build();
      case Text(String text) -> message.setText(text).build();
      case Flag(boolean flag) -> message.setFlag(flag).build();
    };
  }

  /**
   * The number that it is.
   *
   * @throws IllegalArgumentException if it is none
   */
  default double number() {
    return switch (this) {
      case Real(double x) -> x;
      case Whole(long n) -> (double) n;
      case Text t -> throw new IllegalArgumentException("not a number: " + t);
      case Flag f -> throw new IllegalArgumentException("not a number: " + f);
    };
  }
}
