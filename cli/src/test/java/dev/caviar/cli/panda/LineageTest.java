package dev.caviar.cli.panda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caviar.cli.CommandException;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.Intervention;
import dev.caviar.proto.v1.InterventionKind;
import dev.caviar.proto.v1.PandaState;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LineageTest {
  private final PandaState panda = Pandas.babysat();

  @Test
  void goesFromTheFirstBranchToTheEndOfOne() {
    assertThat(Lineage.of(panda, 2).stretches())
        .extracting(stretch -> stretch.branch().getBranch())
        .containsExactly(0, 2);
    assertThat(Lineage.of(panda, 2).stretches().getFirst().end())
        .isEqualTo(new Lineage.Place(230, 2));
    assertThatThrownBy(() -> Lineage.of(panda, 3))
        .isInstanceOf(CommandException.class)
        .hasMessageContaining("has no branch 3; it has 3, from 0 on");
  }

  @Test
  void hasThePointsUpToWhereEachBranchWasLeft() {
    var points =
        Lineage.of(panda, 2)
            .points(Map.of(0, Pandas.points(0, 1, 20), 2, Pandas.points(2, 11, 60)));

    assertThat(points)
        .extracting(CurvePoint::getEpoch)
        .hasSize(60)
        .isSorted()
        .doesNotHaveDuplicates();
    assertThat(points.get(9)).isEqualTo(Pandas.point(0, 10));
    assertThat(points.get(10)).isEqualTo(Pandas.point(2, 11));
  }

  @Test
  void hasTheEntriesThatCount() {
    assertThat(Lineage.of(panda, 2).entries(panda))
        .extracting(Intervention::getNumber)
        .containsExactly(1L, 2L, 4L, 5L, 6L);
    assertThat(Lineage.of(panda, 1).entries(panda))
        .extracting(Intervention::getNumber)
        .containsExactly(1L, 2L, 3L);
  }

  /** A change at the very step that a branch left at is on its way only where it says so. */
  @Test
  void ordersWhatWasChangedAtTheStepOfLeaving() {
    PandaState.Builder changed = panda.toBuilder();
    for (long number : new long[] {9, 10}) {
      changed.addLedger(Pandas.entry(number, InterventionKind.INTERVENTION_TUNE, 0, 10));
    }
    changed.setBranches(2, changed.getBranches(2).toBuilder().setFromEntry(9));

    assertThat(Lineage.of(changed.build(), 2).entries(changed.build()))
        .extracting(Intervention::getNumber)
        .containsExactly(1L, 2L, 9L, 4L, 5L, 6L);
  }
}
