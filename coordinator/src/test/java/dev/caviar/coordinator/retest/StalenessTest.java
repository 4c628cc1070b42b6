package dev.caviar.coordinator.retest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.coordinator.retest.Staleness.Terms;
import dev.caviar.coordinator.space.SweepDefinition.Change;
import dev.caviar.coordinator.space.SweepDefinition.Retest;
import dev.caviar.proto.v1.CsvSource;
import dev.caviar.proto.v1.DataSource;
import dev.caviar.proto.v1.SweepSummary;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StalenessTest {
  private static final Instant END = Instant.parse("2026-11-01T12:00:00Z");
  private static final DataSource DATA =
      DataSource.newBuilder().setCsv(CsvSource.newBuilder().setPath("/data.csv")).build();
  private static final Retest RETEST =
      new Retest(Duration.ofDays(30), Set.of(Change.DATA, Change.CODE), 5);

  private static SweepSummary.Builder sweep(String id, Instant end, String data, String code) {
    SweepSummary.Builder sweep =
        SweepSummary.newBuilder()
            .setEndedAtMillis(end.toEpochMilli())
            .setBestDataSha256(data)
            .setBestCaviarVersion(code);
    sweep.getStatusBuilder().setSweepId(id).setBestTrial(3);
    return sweep;
  }

  private static List<String> reasons(
      Retest retest, Instant now, String code, SweepSummary.Builder... sweeps) {
    List<SweepSummary> all = List.of(sweeps).stream().map(SweepSummary.Builder::build).toList();
    Map<String, Terms> terms =
        Map.of(
            "old", new Terms(retest, DATA),
            "old-retest", new Terms(null, DATA),
            "other", new Terms(null, DATA),
            "elsewhere", new Terms(null, DataSource.newBuilder().setBuiltin("digits").build()));
    Map<String, List<String>> found = Staleness.of(all, terms, code, now);
    assertThat(found.keySet()).isSubsetOf("old");
    return found.getOrDefault("old", List.of());
  }

  private static SweepSummary.Builder old() {
    return sweep("old", END, "ab".repeat(32), "0.1.0");
  }

  @Test
  void growsOld() {
    Instant soon = END.plus(Duration.ofDays(30));
    assertThat(reasons(RETEST, soon, "0.1.0", old())).isEmpty();
    assertThat(reasons(RETEST, soon.plusSeconds(1), "0.1.0", old()))
        .containsExactly("found 30d ago, every 30d");
    assertThat(
            reasons(
                new Retest(null, Set.of(Change.DATA, Change.CODE), 5),
                soon.plus(Duration.ofDays(999)),
                "0.1.0",
                old()))
        .isEmpty();
    // A retest makes it as good as new, until that is old too.
    SweepSummary.Builder retest =
        sweep("old-retest", soon, "ab".repeat(32), "0.1.0").setRetestOf("old");
    assertThat(reasons(RETEST, soon.plusSeconds(1), "0.1.0", old(), retest)).isEmpty();
    assertThat(reasons(RETEST, soon.plus(Duration.ofDays(31)), "0.1.0", old(), retest))
        .containsExactly("tested again 31d ago, every 30d");
    // One that is not over is none.
    retest.clearEndedAtMillis();
    assertThat(reasons(RETEST, soon.plusSeconds(1), "0.1.0", old(), retest)).hasSize(1);
  }

  @Test
  void isOfAnotherCaviar() {
    assertThat(reasons(RETEST, END, "0.2.0", old()))
        .containsExactly("this is Caviar 0.2.0, it was found by 0.1.0");
    assertThat(reasons(new Retest(null, Set.of(Change.DATA), 5), END, "0.2.0", old())).isEmpty();
    assertThat(reasons(RETEST, END, "0.2.0", old().clearBestCaviarVersion())).isEmpty();
    SweepSummary.Builder retest =
        sweep("old-retest", END.plusSeconds(9), "ab".repeat(32), "0.2.0").setRetestOf("old");
    assertThat(reasons(RETEST, END, "0.2.0", old(), retest)).isEmpty();
  }

  @Test
  void isOfOtherData() {
    SweepSummary.Builder later = sweep("other", END.plusSeconds(9), "cd".repeat(32), "0.1.0");
    assertThat(reasons(RETEST, END, "0.1.0", old(), later))
        .containsExactly("its data are cdcdcdcdcdcd now, abababababab when it was found");
    // That runs, and has a best model already.
    assertThat(reasons(RETEST, END, "0.1.0", old(), later.clone().clearEndedAtMillis())).hasSize(1);
    assertThat(reasons(new Retest(null, Set.of(Change.CODE), 5), END, "0.1.0", old(), later))
        .isEmpty();
    SweepSummary.Builder before = sweep("other", END.minusSeconds(9), "cd".repeat(32), "0.1.0");
    assertThat(reasons(RETEST, END, "0.1.0", old(), before)).isEmpty();
    assertThat(reasons(RETEST, END, "0.1.0", old(), later.clone().clearBestDataSha256())).isEmpty();
    SweepSummary.Builder elsewhere = sweep("elsewhere", END.plusSeconds(9), "cd", "0.1.0");
    assertThat(reasons(RETEST, END, "0.1.0", old(), elsewhere)).isEmpty();
  }

  @Test
  void nothingIsStaleThatHasNoBest() {
    Instant late = END.plus(Duration.ofDays(99));
    SweepSummary.Builder none = old();
    none.getStatusBuilder().clearBestTrial();
    assertThat(reasons(RETEST, late, "0.2.0", none)).isEmpty();
    assertThat(reasons(RETEST, late, "0.2.0", old().clearEndedAtMillis())).isEmpty();
  }
}
