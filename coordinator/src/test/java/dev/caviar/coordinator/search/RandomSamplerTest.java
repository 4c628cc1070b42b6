package dev.caviar.coordinator.search;

import static dev.caviar.coordinator.search.Spaces.NO_HISTORY;
import static dev.caviar.coordinator.search.Spaces.always;
import static dev.caviar.coordinator.search.Spaces.number;
import static dev.caviar.coordinator.search.Spaces.points;
import static dev.caviar.coordinator.search.Spaces.real;
import static dev.caviar.coordinator.search.Spaces.sampled;
import static dev.caviar.coordinator.search.Spaces.space;
import static dev.caviar.coordinator.search.Spaces.when;
import static dev.caviar.coordinator.search.Spaces.whole;
import static dev.caviar.coordinator.search.Spaces.word;
import static dev.caviar.coordinator.search.Spaces.words;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.Scale;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.commons.statistics.inference.ChiSquareTest;
import org.apache.commons.statistics.inference.KolmogorovSmirnovTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RandomSamplerTest {
  /** A right sampler fails with this probability; the seeds are fixed, so it does not flicker. */
  private static final double REJECT_BELOW = 0.001;

  private static RandomSampler sampler(SearchSpace space, int trials, long seed) {
    return new RandomSampler(space, new Search.Random(trials, seed));
  }

  private static double[] draw(Domain domain, int trials, long seed) {
    return points(sampler(space(always("x", domain)), trials, seed), trials).stream()
        .mapToDouble(p -> number(p, "x"))
        .toArray();
  }

  @ParameterizedTest
  @CsvSource({
    "LINEAR, -3, 5",
    "LOG, 0.0001, 1",
    "ONE_MINUS_LOG, 0.9, 0.999",
    "LINEAR, 0.1, 0.100001",
    "LOG, 1e-8, 1e-7",
    "ONE_MINUS_LOG, -10, 0.5"
  })
  void realsAreEvenOnTheirScale(Scale scale, double min, double max) {
    double[] units =
        Arrays.stream(draw(real(scale, min, max), 5_000, 17))
            .map(
                x ->
                    // Written out, so that the scale is not checked by itself.
                    switch (scale) {
                      case LINEAR -> (x - min) / (max - min);
                      case LOG -> Math.log10(x / min) / Math.log10(max / min);
                      case ONE_MINUS_LOG ->
                          Math.log10((1 - x) / (1 - min)) / Math.log10((1 - max) / (1 - min));
                    })
            .toArray();

    double p =
        KolmogorovSmirnovTest.withDefaults().test(units, u -> Math.clamp(u, 0, 1)).getPValue();

    assertThat(p).isGreaterThan(REJECT_BELOW);
  }

  @Test
  void wholeNumbersAreEquallyLikelyEndsIncluded() {
    SortedMap<Long, Long> counts = counts(draw(whole(Scale.LINEAR, -2, 7), 10_000, 3));

    assertThat(counts.keySet()).containsExactly(-2L, -1L, 0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L);
    assertThat(uniformP(counts)).isGreaterThan(REJECT_BELOW);
  }

  @Test
  void wholeNumbersOnALogScaleHaveWhatRoundsToThem() {
    SortedMap<Long, Long> counts = counts(draw(whole(Scale.LOG, 1, 6), 10_000, 5));
    double[] expected = new double[6];
    for (int n = 1; n <= 6; n++) {
      expected[n - 1] = Math.log((n + 0.5) / (n - 0.5)) / Math.log(6.5 / 0.5);
    }

    assertThat(counts.keySet()).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
    assertThat(ChiSquareTest.withDefaults().test(expected, observed(counts)).getPValue())
        .isGreaterThan(REJECT_BELOW);
  }

  @Test
  void wholeNumbersOfAllSizesCanBeDrawn() {
    for (Domain.WholeRange range :
        List.of(
            whole(Scale.LINEAR, Long.MIN_VALUE, Long.MAX_VALUE),
            whole(Scale.LINEAR, Long.MAX_VALUE - 1, Long.MAX_VALUE),
            whole(Scale.LOG, 1, Long.MAX_VALUE),
            whole(Scale.ONE_MINUS_LOG, -1_000, 0),
            whole(Scale.LINEAR, 4, 4))) {
      SearchSpace space = space(always("x", range));
      assertThat(points(sampler(space, 100, 1), 100))
          .allSatisfy(p -> assertThat(p.values().values()).allMatch(range::contains));
    }
  }

  @Test
  void choicesAreEquallyLikely() {
    SearchSpace space = space(always("o", words("sgd", "momentum", "rmsprop", "adam")));

    SortedMap<String, Long> counts =
        points(sampler(space, 8_000, 11), 8_000).stream()
            .collect(
                Collectors.groupingBy(
                    p -> p.values().toString(), TreeMap::new, Collectors.counting()));

    assertThat(counts).hasSize(4);
    assertThat(uniformP(counts)).isGreaterThan(REJECT_BELOW);
  }

  @Test
  void dimensionsAndTrialsAndSeedsAreIndependent() {
    Domain unit = real(Scale.LINEAR, 0, 1);
    SearchSpace space = space(always("x", unit), always("y", unit));
    List<Point> points = points(sampler(space, 5_000, 1), 5_000);
    double[] x = points.stream().mapToDouble(p -> number(p, "x")).toArray();
    double[] y = points.stream().mapToDouble(p -> number(p, "y")).toArray();
    double[] nextSeed = draw(unit, 5_000, 2);

    assertThat(correlation(x, y)).isBetween(-0.05, 0.05);
    assertThat(correlation(x, nextSeed)).isBetween(-0.05, 0.05);
    assertThat(correlation(Arrays.copyOfRange(x, 1, 5_000), Arrays.copyOfRange(x, 0, 4_999)))
        .isBetween(-0.05, 0.05);
  }

  @Test
  void aPointHasTheDimensionsThatApplyInTheSpacesOrder() {
    SearchSpace space =
        space(
            always("optimizer", words("sgd", "momentum")),
            when("momentum", real(Scale.LINEAR, 0, 1), "optimizer", word("momentum")),
            always("l2", real(Scale.LINEAR, 0, 1)));

    assertThat(points(sampler(space, 50, 4), 50))
        .extracting(p -> List.copyOf(p.values().keySet()))
        .contains(List.of("optimizer", "l2"), List.of("optimizer", "momentum", "l2"))
        .hasSize(50);
  }

  @Test
  void neitherHistoryNorTheOrderOfQuestionsMatters() {
    SearchSpace space =
        space(always("x", real(Scale.LOG, 1, 9)), always("n", whole(Scale.LINEAR, 0, 99)));
    List<Point> forwards = points(sampler(space, 30, -8), 30);
    RandomSampler again = sampler(space, 30, -8);
    History history = new History(List.of(Spaces.failed(0, forwards.getFirst())), false);

    for (int trial = 29; trial >= 0; trial--) {
      assertThat(sampled(again, trial, history)).isEqualTo(forwards.get(trial));
    }
  }

  @Test
  void drawsAreTheSameInEveryVersion() {
    SearchSpace space =
        space(always("x", real(Scale.LINEAR, 0, 1)), always("n", whole(Scale.LINEAR, 0, 99)));

    // A sweep that was begun with one version must go on with the next.
    assertThat(sampled(sampler(space, 9, 2024), 7, NO_HISTORY).values())
        .hasToString("{x=Real[value=0.648518836940664], n=Whole[value=92]}");
  }

  @Test
  void endsAfterTheLastTrial() {
    RandomSampler sampler = sampler(space(), 2, 1);

    assertThat(points(sampler, 5)).hasSize(2);
    assertThat(sampler.propose(2, NO_HISTORY)).isEqualTo(new Proposal.Exhausted());
  }

  private static SortedMap<Long, Long> counts(double[] wholes) {
    return Arrays.stream(wholes)
        .mapToObj(x -> (long) x)
        .collect(Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()));
  }

  private static long[] observed(SortedMap<?, Long> counts) {
    return counts.values().stream().mapToLong(Long::longValue).toArray();
  }

  private static double uniformP(SortedMap<?, Long> counts) {
    double[] expected =
        Collections.nCopies(counts.size(), 1.0).stream().mapToDouble(Double::doubleValue).toArray();
    return ChiSquareTest.withDefaults().test(expected, observed(counts)).getPValue();
  }

  private static double correlation(double[] x, double[] y) {
    double meanX = Arrays.stream(x).average().orElseThrow();
    double meanY = Arrays.stream(y).average().orElseThrow();
    double xy = 0;
    double xx = 0;
    double yy = 0;
    for (int i = 0; i < x.length; i++) {
      xy += (x[i] - meanX) * (y[i] - meanY);
      xx += (x[i] - meanX) * (x[i] - meanX);
      yy += (y[i] - meanY) * (y[i] - meanY);
    }
    return xy / Math.sqrt(xx * yy);
  }
}
