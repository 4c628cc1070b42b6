package dev.caviar.coordinator.search;

import static dev.caviar.coordinator.search.Spaces.always;
import static dev.caviar.coordinator.search.Spaces.real;
import static dev.caviar.coordinator.search.Spaces.space;
import static dev.caviar.coordinator.search.Spaces.when;
import static dev.caviar.coordinator.search.Spaces.whole;
import static dev.caviar.coordinator.search.Spaces.word;
import static dev.caviar.coordinator.search.Spaces.words;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.ParameterValue.Real;
import dev.caviar.coordinator.space.ParameterValue.Whole;
import dev.caviar.coordinator.space.Scale;
import dev.caviar.coordinator.space.SearchSpace;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class UnitCubeTest {
  private static final double LAST = Math.nextDown(1.0);

  @Test
  void realsAreEvenOnTheirScale() {
    assertThat(UnitCube.value(real(Scale.LINEAR, -1, 3), 0.25)).isEqualTo(new Real(0));
    Real log = (Real) UnitCube.value(real(Scale.LOG, 1e-4, 1), 0.25);
    assertThat(log.value()).isCloseTo(1e-3, within(1e-15));
    Real decay = (Real) UnitCube.value(real(Scale.ONE_MINUS_LOG, 0.9, 0.999), 0.5);
    assertThat(decay.value()).isCloseTo(0.99, within(1e-14));
  }

  @Test
  void wholeNumbersHaveEqualPartsOfALinearSide() {
    assertThat(shares(whole(Scale.LINEAR, -2, 5)))
        .hasSize(8)
        .allSatisfy((value, share) -> assertThat(share).isEqualTo(1.0 / 8));
  }

  @Test
  void wholeNumbersHaveWhatRoundsToThemOfALogSide() {
    Map<String, Double> shares = shares(whole(Scale.LOG, 1, 6));

    for (int n = 1; n <= 6; n++) {
      assertThat(shares.get(new Whole(n).toString()))
          .isCloseTo(Math.log((n + 0.5) / (n - 0.5)) / Math.log(13), within(1e-4));
    }
  }

  @Test
  void choicesHaveEqualParts() {
    assertThat(shares(words("a", "b", "c", "d")))
        .hasSize(4)
        .allSatisfy((value, share) -> assertThat(share).isEqualTo(0.25));
  }

  @Test
  void theEndsLieInTheDomain() {
    for (Domain domain :
        new Domain[] {
          real(Scale.LOG, 1e-8, 1e-7),
          real(Scale.ONE_MINUS_LOG, 0.9, 0.999),
          whole(Scale.LINEAR, Long.MIN_VALUE, Long.MAX_VALUE),
          whole(Scale.LINEAR, Long.MAX_VALUE - 1, Long.MAX_VALUE),
          whole(Scale.LOG, 1, Long.MAX_VALUE),
          whole(Scale.ONE_MINUS_LOG, -1_000, 0),
          whole(Scale.LINEAR, 4, 4),
          words("only"),
        }) {
      assertThat(domain.contains(UnitCube.value(domain, 0))).as("%s", domain).isTrue();
      assertThat(domain.contains(UnitCube.value(domain, LAST))).as("%s", domain).isTrue();
    }
  }

  @Test
  void aDimensionKeepsItsSideWhereOthersDoNotApply() {
    SearchSpace space =
        space(
            always("optimizer", words("sgd", "momentum")),
            when("momentum", real(Scale.LINEAR, 0, 1), "optimizer", word("momentum")),
            always("l2", real(Scale.LINEAR, 0, 1)));

    assertThat(UnitCube.point(space, new double[] {0.1, 0.2, 0.3}).values())
        .isEqualTo(Map.of("optimizer", word("sgd"), "l2", new Real(0.3)));
    assertThat(UnitCube.point(space, new double[] {0.9, 0.2, 0.3}).values())
        .isEqualTo(
            Map.of("optimizer", word("momentum"), "momentum", new Real(0.2), "l2", new Real(0.3)));
  }

  /** How much of the side each value has, in 1/65,536. */
  private static Map<String, Double> shares(Domain domain) {
    Map<String, Double> shares = new TreeMap<>();
    for (int i = 0; i < 1 << 16; i++) {
      ParameterValue value = UnitCube.value(domain, i * 0x1p-16);
      shares.merge(value.toString(), 0x1p-16, Double::sum);
    }
    return shares;
  }
}
