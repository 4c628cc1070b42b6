package dev.caviar.worker.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caviar.proto.v1.DataSource;
import dev.caviar.proto.v1.Task;
import dev.caviar.worker.backend.Examples;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class DataSplitsTest {
  /** Examples whose only feature is their row. */
  private static Dataset dataset(int[] classes) {
    float[] targets = new float[classes.length];
    for (int row = 0; row < classes.length; row++) {
      targets[row] = classes[row];
    }
    int count = Arrays.stream(classes).max().orElse(0) + 1;
    List<String> names = IntStream.range(0, count).mapToObj(Integer::toString).toList();
    return new Dataset(rows(targets), null, Task.CLASSIFICATION, names, List.of(), "");
  }

  private static Dataset regression(int count) {
    return new Dataset(
        rows(new float[count]), null, Task.REGRESSION, List.of(), List.of("row"), "abc");
  }

  private static Examples rows(float[] targets) {
    float[] features = new float[targets.length];
    for (int row = 0; row < features.length; row++) {
      features[row] = row;
    }
    return new Examples(targets.length, 1, features, 1, targets);
  }

  private static DataSource source(double dev, double test, long seed) {
    return DataSource.newBuilder()
        .setDevFraction(dev)
        .setTestFraction(test)
        .setSplitSeed(seed)
        .build();
  }

  private static int[] byClass(Examples examples, int classes) {
    int[] counts = new int[classes];
    for (float target : examples.targets()) {
      counts[(int) target]++;
    }
    return counts;
  }

  @Property
  void dividesEachClassInProportion(
      @ForAll @Size(min = 1, max = 12) List<@IntRange(min = 1, max = 60) Integer> sizes,
      @ForAll @DoubleRange(min = 0.01, max = 0.45) double devFraction,
      @ForAll @DoubleRange(max = 0.45) double testFraction,
      @ForAll long seed) {
    int classes = sizes.size();
    int[] rows =
        IntStream.range(0, classes)
            .flatMap(c -> IntStream.range(0, sizes.get(c)).map(i -> c))
            .toArray();
    // Enough to leave one for dev and one for test.
    Assume.that(sizes.stream().mapToInt(size -> size - 1).sum() >= 2);

    DataSplits splits = DataSplits.of(dataset(rows), source(devFraction, testFraction, seed));

    int[] train = byClass(splits.train(), classes);
    int[] dev = byClass(splits.dev(), classes);
    int[] test = byClass(splits.test(), classes);
    for (int c = 0; c < classes; c++) {
      assertThat(train[c] + dev[c] + test[c]).isEqualTo(sizes.get(c));
      assertThat(train[c]).isPositive();
      assertThat(Math.abs(dev[c] - devFraction * sizes.get(c))).isLessThanOrEqualTo(1);
      assertThat(Math.abs(test[c] - testFraction * sizes.get(c))).isLessThanOrEqualTo(1);
    }
    assertThat(splits.dev().count()).isPositive();
    assertThat(splits.test().count() > 0).isEqualTo(testFraction > 0);
    assertThat((long) splits.dev().count())
        .isLessThanOrEqualTo(Math.max(1, Math.round(devFraction * rows.length)));

    assertThat(splits.train().features()).isSorted();
    assertThat(splits.dev().features()).isSorted();
    assertThat(splits.test().features()).isSorted();
    float[] all =
        concatenation(splits.train().features(), splits.dev().features(), splits.test().features());
    Arrays.sort(all);
    assertThat(all).isEqualTo(dataset(rows).examples().features());
  }

  private static float[] concatenation(float[]... parts) {
    float[] all = new float[Arrays.stream(parts).mapToInt(part -> part.length).sum()];
    int at = 0;
    for (float[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }

  @Test
  void totalsAreTheFractionsRounded() {
    int[] rows = IntStream.range(0, 1797).map(i -> i % 10).toArray();
    DataSplits splits = DataSplits.of(dataset(rows), source(0.2, 0.1, 1));

    assertThat(splits.dev().count()).isEqualTo(359);
    assertThat(splits.test().count()).isEqualTo(180);
  }

  @Test
  void theSameSeedGivesTheSameSplitAndAnotherSeedAnother() {
    int[] rows = IntStream.range(0, 1000).map(i -> i % 3).toArray();
    float[] dev = DataSplits.of(dataset(rows), source(0.2, 0, 7)).dev().features();

    assertThat(DataSplits.of(dataset(rows), source(0.2, 0, 7)).dev().features()).isEqualTo(dev);
    assertThat(DataSplits.of(dataset(rows), source(0.2, 0, 8)).dev().features()).isNotEqualTo(dev);
  }

  /** What a seed gives must not change from one version to the next. */
  @Test
  void theSplitOfASeedStays() {
    float[] dev =
        DataSplits.of(dataset(IntStream.range(0, 20).map(i -> i % 2).toArray()), source(0.3, 0, 42))
            .dev()
            .features();
    assertThat(dev).containsExactly(6, 7, 13, 14, 15, 16);
  }

  @Test
  void leftOverExamplesFallByLot() {
    // Two of each of 100 classes: 40 of them give one to dev, and not always the first 40.
    int[] rows = IntStream.range(0, 200).map(i -> i / 2).toArray();
    DataSplits splits = DataSplits.of(dataset(rows), source(0.2, 0, 3));

    assertThat(splits.dev().count()).isEqualTo(40);
    assertThat(splits.dev().targets()[39]).isGreaterThan(60);
  }

  @Test
  void aClassWithOneExampleIsInTrainOnly() {
    DataSplits splits = DataSplits.of(dataset(new int[] {0, 0, 0, 1, 2}), source(0.5, 0, 3));

    assertThat(splits.train().targets()).contains(0, 1, 2);
    assertThat(splits.dev().targets()).containsExactly(0, 0);
  }

  @Test
  void devLeavesOneForTest() {
    // Its share, 0.45 of 4, is both examples that can be held out.
    DataSplits splits = DataSplits.of(dataset(new int[] {0, 0, 1, 1}), source(0.45, 0.05, 3));

    assertThat(splits.dev().count()).isEqualTo(1);
    assertThat(splits.test().count()).isEqualTo(1);
  }

  @Test
  void aRegressionIsDividedAtRandom() {
    DataSplits splits = DataSplits.of(regression(100), source(0.2, 0.1, 5));

    assertThat(splits.dev().count()).isEqualTo(20);
    assertThat(splits.test().count()).isEqualTo(10);
    assertThat(splits.dev().features()).isSorted().isNotEqualTo(splits.test().features());
  }

  @Test
  void keepsNamesAndHashAndLetsTheExamplesGo() {
    Dataset dataset = DataSplits.of(regression(100), source(0.2, 0.1, 5)).dataset();

    assertThat(dataset.featureNames()).containsExactly("row");
    assertThat(dataset.sha256()).isEqualTo("abc");
    assertThat(dataset.examples().count()).isZero();
  }

  @Test
  void normalisesByTheTrainingExamplesAlone() {
    Dataset dataset = regression(100);
    DataSource source = source(0.2, 0.1, 5);
    DataSplits raw = DataSplits.of(dataset, source);
    DataSplits normalised = DataSplits.of(dataset, source.toBuilder().setNormalize(true).build());

    assertThat(raw.normalization().isNone()).isTrue();
    Normalization expected = Normalization.fit(raw.train());
    assertThat(normalised.normalization()).isEqualTo(expected);
    assertThat(normalised.train().features()).isEqualTo(expected.apply(raw.train()).features());
    assertThat(normalised.dev().features()).isEqualTo(expected.apply(raw.dev()).features());
    assertThat(normalised.test().features()).isEqualTo(expected.apply(raw.test()).features());
    assertThat(dataset.examples().features()).startsWith(0, 1, 2);
  }

  @Test
  void refusesTooFewExamples() {
    assertThatThrownBy(() -> DataSplits.of(regression(1), source(0.2, 0, 1)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("too few examples: 1 ");
    assertThatThrownBy(() -> DataSplits.of(regression(2), source(0.2, 0.2, 1)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("none for test");
    assertThatThrownBy(() -> DataSplits.of(dataset(new int[] {0, 1, 2}), source(0.2, 0, 1)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("3 in 3 classes leave none for dev");
  }

  @Test
  void refusesFractionsThatAreOff() {
    for (double dev : new double[] {0, -0.1, 1, Double.NaN}) {
      assertThatThrownBy(() -> DataSplits.of(regression(10), source(dev, 0, 1)))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("dev fraction is " + dev);
    }
    for (double test : new double[] {-0.1, 1, Double.NaN}) {
      assertThatThrownBy(() -> DataSplits.of(regression(10), source(0.2, test, 1)))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("test fraction is " + test);
    }
    assertThatThrownBy(() -> DataSplits.of(regression(10), source(0.6, 0.4, 1)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("leave nothing to train on");
  }
}
