package dev.caviar.worker.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caviar.proto.v1.CsvSource;
import dev.caviar.proto.v1.DataSource;
import dev.caviar.proto.v1.Task;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvLoadingTest {
  @TempDir private Path directory;

  private Path file(String... lines) {
    return DataFiles.write(directory.resolve("data.csv"), lines);
  }

  private static Dataset load(CsvSource.Builder csv) {
    return DatasetLoader.load(DataFiles.source(csv));
  }

  private Dataset loadWithHeader(String... lines) {
    return load(DataFiles.csv(file(lines)).setHeader(true));
  }

  private void assertRefused(CsvSource.Builder csv, String... messages) {
    assertThatThrownBy(() -> load(csv))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(csv.getPath() + ": ")
        .hasMessageContainingAll(messages);
  }

  private void assertRefused(String[] lines, String... messages) {
    assertRefused(DataFiles.csv(file(lines)), messages);
  }

  private static String[] lines(String... lines) {
    return lines;
  }

  @Test
  void readsNumbersAndTheLabelBehindThem() {
    Dataset dataset = load(DataFiles.csv(file("1,2.5,0", "-3,4e2,1", "", "5,6,0")));

    assertThat(dataset.examples().count()).isEqualTo(3);
    assertThat(dataset.examples().width()).isEqualTo(2);
    assertThat(dataset.examples().features()).containsExactly(1, 2.5f, -3, 400, 5, 6);
    assertThat(dataset.examples().targets()).containsExactly(0, 1, 0);
    assertThat(dataset.task()).isEqualTo(Task.CLASSIFICATION);
    assertThat(dataset.classNames()).containsExactly("0", "1");
    assertThat(dataset.featureNames()).isEmpty();
    assertThat(dataset.test()).isNull();
  }

  @Test
  void takesNamesFromTheHeaderAndTheLabelByItsName() {
    Path file = file("a,kind,b", "1,x,2", "3,\"y, quoted\",4");
    Dataset dataset = load(DataFiles.csv(file).setHeader(true).setLabel("kind"));

    assertThat(dataset.featureNames()).containsExactly("a", "b");
    assertThat(dataset.examples().features()).containsExactly(1, 2, 3, 4);
    assertThat(dataset.classNames()).containsExactly("x", "y, quoted");
  }

  @Test
  void takesTheLabelByItsNumber() {
    Dataset dataset = load(DataFiles.csv(file("7,1,2", "8,3,4")).setLabel("0"));

    assertThat(dataset.classNames()).containsExactly("7", "8");
    assertThat(dataset.examples().features()).containsExactly(1, 2, 3, 4);
  }

  @Test
  void aColumnOfThatNameComesBeforeTheColumnOfThatNumber() {
    Path file = file("2,0,1", "10,20,30", "11,21,31");
    Dataset dataset = load(DataFiles.csv(file).setHeader(true).setLabel("0"));

    assertThat(dataset.classNames()).containsExactly("20", "21");
  }

  @Test
  void readsOtherDelimitersWindowsLinesAndAByteOrderMark() {
    byte[] text = "\uFEFFa;b;c\r\n1;2;x\r\n3;4;y".getBytes(StandardCharsets.UTF_8);
    Path file = DataFiles.write(directory.resolve("data.csv"), text);
    Dataset dataset = load(DataFiles.csv(file).setHeader(true).setDelimiter(";"));

    assertThat(dataset.featureNames()).containsExactly("a", "b");
    assertThat(dataset.examples().features()).containsExactly(1, 2, 3, 4);
    assertThat(dataset.classNames()).containsExactly("x", "y");
  }

  @Test
  void readsGzipByWhateverName() {
    byte[] text = "1,0\n2,1\n".getBytes(StandardCharsets.UTF_8);
    Path plain = DataFiles.write(directory.resolve("plain.csv.gz"), text);
    Path compressed = DataFiles.write(directory.resolve("compressed.csv"), DataFiles.gzip(text));

    assertThat(load(DataFiles.csv(compressed)).sha256())
        .isEqualTo(load(DataFiles.csv(plain)).sha256());
  }

  @Test
  void numericClassesAreInTheOrderOfTheirValues() {
    Dataset dataset = load(DataFiles.csv(file("0,10", "0,9", "0,-1", "0,9.0", "0,010")));

    assertThat(dataset.classNames()).containsExactly("-1", "9", "10");
    assertThat(dataset.examples().targets()).containsExactly(2, 1, 0, 1, 2);
  }

  @Test
  void otherClassesAreInTheOrderOfTheirLetters() {
    Dataset dataset = load(DataFiles.csv(file("0,b10", "0, b9 ", "0,a")));

    assertThat(dataset.classNames()).containsExactly("a", "b10", "b9");
    assertThat(dataset.examples().targets()).containsExactly(1, 2, 0);
  }

  @Test
  void labelsWithFractionsAreARegression() {
    Dataset dataset = load(DataFiles.csv(file("1,0.5", "2,3")));

    assertThat(dataset.task()).isEqualTo(Task.REGRESSION);
    assertThat(dataset.classNames()).isEmpty();
    assertThat(dataset.examples().targets()).containsExactly(0.5f, 3);
  }

  @Test
  void theSourceDecidesWhatTheTaskIs() {
    Path file = file("1,1", "2,2");
    assertThat(load(DataFiles.csv(file).setTask(Task.REGRESSION)).examples().targets())
        .containsExactly(1, 2);
    file = file("1,0.5", "2,1.50", "3,1.5");
    assertThat(load(DataFiles.csv(file).setTask(Task.CLASSIFICATION)).classNames())
        .containsExactly("0.5", "1.5");
  }

  @Test
  void growsWithTheFile() {
    String[] rows =
        IntStream.range(0, 20_000).mapToObj(i -> i + "," + i % 7).toArray(String[]::new);
    Dataset dataset = load(DataFiles.csv(file(rows)));

    assertThat(dataset.examples().count()).isEqualTo(20_000);
    for (int i = 0; i < 20_000; i++) {
      assertThat(dataset.examples().features()[i]).isEqualTo(i);
      assertThat(dataset.examples().targets()[i]).isEqualTo(i % 7);
    }
  }

  @Test
  void tellsSeveralBadLinesAtOnce() {
    assertThatThrownBy(
            () -> loadWithHeader("age,kind", "1,x", ",x", "old,y", "3,y,4", "5,", "NaN,y", "6"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            directory.resolve("data.csv")
                + """
                : 6 lines cannot be used
                  line 3: column 'age' is empty; fill it in or leave the line out
                  line 4: column 'age' is 'old'; it must be a number
                  line 5: has 3 fields where the first line has 2
                  line 6: the label, column 'kind', is empty
                  line 7: column 'age' is missing ('NaN'); fill it in or leave the line out
                  line 8: has 1 field where the first line has 2\
                """);
  }

  @Test
  void countsTheBadLinesThatItDoesNotShow() {
    String[] rows = new String[1000];
    Arrays.fill(rows, "x,1");
    assertRefused(
        rows, "1000 lines cannot be used", "line 10: column 0 is 'x'", "and 990 more lines");
  }

  @Test
  void refusesWhatIsNotFinite() {
    assertRefused(lines("1,0", "Infinity,1"), "line 2: column 0 is 'Infinity'; it must be finite");
    assertRefused(lines("1,0", "1e39,1"), "line 2", "beyond a 32-bit float");
  }

  @Test
  void suspectsAHeaderThatTheSourceDoesNotMention() {
    assertRefused(lines("age,kind", "1,x"), "line 1: column 0 is 'age'", "say header: true");
  }

  @Test
  void suspectsAHeaderThatIsNone() {
    Path file = file("0,0,1", "1,1,0");
    assertRefused(
        DataFiles.csv(file).setHeader(true),
        "line 1",
        "two columns are named '0'",
        "header: false");
  }

  @Test
  void refusesColumnsWithoutAName() {
    Path file = file(",a,b", "0,1,2");
    assertRefused(DataFiles.csv(file).setHeader(true), "line 1: column 0 has no name");
  }

  @Test
  void suspectsAnotherDelimiter() {
    assertRefused(lines("1;0", "2;1"), "has one column", "is the delimiter ';'?");
    assertRefused(lines("1\t0"), "is the delimiter '\\t'?");
    assertRefused(
        DataFiles.csv(file("1,0")).setDelimiter(", "), "delimiter ', ' must be one character");
    assertRefused(DataFiles.csv(file("1,0")).setDelimiter("\""), "delimiter '\"' cannot");
  }

  @Test
  void namesTheColumnsWhereTheLabelIsUnknown() {
    Path file = file("sepal,petal,species", "1,2,x");
    assertRefused(
        DataFiles.csv(file).setHeader(true).setLabel("Specie"),
        "has no column 'Specie'; did you mean 'species'? There are sepal, petal, species");
    assertRefused(DataFiles.csv(file).setLabel("species"), "as it has no header", "0 to 2");
    assertRefused(
        DataFiles.csv(file).setLabel("3"),
        "has no column 3; its 3 columns are numbered from 0 to 2");
    assertRefused(DataFiles.csv(file).setLabel("-1"), "has no column -1");
    assertRefused(DataFiles.csv(file).setLabel("999999999999999999"), "has no column 9999");
  }

  @Test
  void refusesFilesWithoutExamples() {
    assertRefused(lines(""), "is empty");
    assertRefused(DataFiles.csv(file("a,b")).setHeader(true), "a header and no rows");
    assertRefused(
        DataFiles.csv(DataFiles.write(directory.resolve("0.csv"), new byte[0])), "is empty");
  }

  @Test
  void refusesOneClass() {
    assertRefused(lines("1,x", "2,x"), "column 1, is 'x' in every line", "at least two classes");
  }

  @Test
  void refusesLabelsThatDoNotFitTheTask() {
    Path file = file("1,0.5", "2,low");
    assertRefused(
        DataFiles.csv(file).setTask(Task.REGRESSION),
        "line 2: the label, column 1, is 'low'; it must be a number");
    assertRefused(DataFiles.csv(file), "fractions", "task: classification", "line 2: 'low'");
    assertRefused(lines("1,3", "2,4", "2,NA"), "line 3: the label, column 1, is missing ('NA')");
  }

  @Test
  void asksWhetherManyWholeNumbersAreClasses() {
    String[] rows = IntStream.range(0, 300).mapToObj(i -> "1," + 1000 * i).toArray(String[]::new);
    assertRefused(rows, "300 different whole numbers in 300 rows", "task: regression");
    assertThat(load(DataFiles.csv(file(rows)).setTask(Task.CLASSIFICATION)).classNames())
        .hasSize(300);
  }

  @Test
  void refusesWhatIsNoFile() {
    assertRefused(DataFiles.csv(directory.resolve("none.csv")), "no such file on this machine");
    assertRefused(DataFiles.csv(directory), "is a directory");
    assertThatThrownBy(() -> load(CsvSource.newBuilder()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("csv.path is empty");
    assertThatThrownBy(() -> load(CsvSource.newBuilder().setPath("a\0b")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("csv.path is not a path");
  }

  @Test
  void refusesDamagedGzip() throws Exception {
    byte[] whole = DataFiles.gzip("1,0\n2,1\n".repeat(1000).getBytes(StandardCharsets.UTF_8));
    Path file = directory.resolve("data.csv.gz");

    DataFiles.write(file, Arrays.copyOf(whole, whole.length - 12));
    assertRefused(DataFiles.csv(file), "damaged gzip: it ends too early");

    byte[] changed = whole.clone();
    changed[changed.length - 6] ^= 1;
    DataFiles.write(file, changed);
    assertRefused(DataFiles.csv(file), "damaged gzip");

    Files.write(file, new byte[] {0x1f, (byte) 0x8b});
    assertRefused(DataFiles.csv(file), "damaged gzip");
  }

  @Test
  void refusesALineWithoutEnd() {
    String endless = "1,".repeat(1_000_001) + "0";
    assertRefused(lines(endless), "line 1 has more than 1000000 fields");
    assertThatThrownBy(() -> load(DataFiles.csv(file("x".repeat(20_000_000) + ",0"))))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("not a CSV file");
  }

  @Test
  void refusesAnUnclosedQuote() {
    assertRefused(lines("1,0", "2,\"1"), "not a CSV file", "line 2");
  }

  @Test
  void refusesASourceThatNamesNothingThatIsThere() {
    assertThatThrownBy(() -> DatasetLoader.load(DataSource.getDefaultInstance()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("must be builtin, csv or idx");
    assertThatThrownBy(
            () -> DatasetLoader.load(DataSource.newBuilder().setBuiltin("digit").build()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("no builtin data set 'digit'; did you mean 'digits'?");
  }
}
