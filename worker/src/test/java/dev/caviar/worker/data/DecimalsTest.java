package dev.caviar.worker.data;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DecimalsTest {
  @Property
  void readsEveryFloatAsJavaDoes(@ForAll float value) {
    assertThat(Decimals.parse(Float.toString(value))).isEqualTo(value);
    assertThat(Decimals.parse(Double.toString(value))).isEqualTo(value);
  }

  @Property
  void readsEveryDecimalAsJavaDoes(
      @ForAll int mantissa, @ForAll @IntRange(min = -60, max = 28) int exponent) {
    String text = mantissa + "e" + exponent;
    assertThat(Decimals.parse(text)).isEqualTo(Float.parseFloat(text));
  }

  @Property
  void readsEveryFixedPointNumberAsJavaDoes(
      @ForAll @IntRange(min = 0) int whole, @ForAll @IntRange(min = 0) int fraction) {
    String text = "-" + whole + "." + fraction;
    assertThat(Decimals.parse(text)).isEqualTo(Float.parseFloat(text));
  }

  @ParameterizedTest
  @CsvSource({
    "16, 16",
    "+3, 3",
    "' 5.25\t', 5.25",
    ".5, 0.5",
    "5., 5",
    "1E+3, 1000",
    "007, 7",
    "1e-99999999999999999999, 0",
    "0e99999999999999999999, 0",
    "16777217, 16777216",
    "0.1, 0.1"
  })
  void reads(String text, float value) {
    assertThat(Decimals.parse(text)).isEqualTo(value);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "-",
        ".",
        "e5",
        "1e",
        "1e+",
        "1.2.3",
        "1f",
        "1d",
        "0x1p3",
        "NaN",
        "Infinity",
        "-inf",
        "1,5",
        "1 2",
        "1e5.",
        "12a",
        "1e39",
        "-4e38",
        "--1",
        "½",
        "١"
      })
  void isNoNumber(String text) {
    assertThat(Decimals.parse(text)).isNaN();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|is empty",
        "NA|is missing ('NA')",
        "?|is missing ('?')",
        "NaN|is missing ('NaN')",
        "-Infinity|is '-Infinity'; it must be finite",
        "1,5|decimals are written with a point",
        "1e39|beyond a 32-bit float",
        "red|is 'red'; it must be a number",
        "1f|is '1f'; it must be a number"
      })
  void saysWhatIsWrong(String text, String complaint) {
    assertThat(Decimals.complaint(text)).contains(complaint);
  }

  @ParameterizedTest
  @ValueSource(ints = {41, 1_000_000})
  void shortensLongValues(int length) {
    assertThat(Decimals.complaint("x".repeat(length))).hasSizeLessThan(80);
  }
}
