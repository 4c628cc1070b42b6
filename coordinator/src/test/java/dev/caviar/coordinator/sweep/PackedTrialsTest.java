package dev.caviar.coordinator.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caviar.coordinator.schedule.Schedule;
import dev.caviar.coordinator.schedule.Verdict;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.coordinator.space.SweepFile;
import dev.caviar.coordinator.space.SweepFileException;
import dev.caviar.coordinator.store.BlobStore;
import dev.caviar.coordinator.store.MemoryBlobStore;
import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.SweepSnapshot;
import dev.caviar.proto.v1.TrialState;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A sweep that packs its trials is the same as one that does not. */
@NullUnmarked
class PackedTrialsTest {
  private static final int PAGE = 4;

  private final BlobStore blobs = new MemoryBlobStore();
  private final TrialArchive archive = new TrialArchive(blobs, PAGE);

  private static SweepDefinition definition(String search, String more) {
    try {
      return SweepFile.parse(
          """
          name: test
          data: {builtin: digits, dev: 0.2}
          parameters:
            learning_rate: {scale: log, min: 1.0e-3, max: 1.0}
          fixed: {epochs: 9, hidden_units: [5]}
          search: {sampler: random, trials: 1000, seed: 1%s}
          %s
          """
              .formatted(search, more),
          Path.of("/"));
    } catch (SweepFileException e) {
      throw new AssertionError(e.problems().toString(), e);
    }
  }

  private static Sweep sweep(SweepDefinition definition, TrialArchive archive) {
    return new Sweep("test", definition, 1_000, archive);
  }

  private void packAll(Sweep sweep, Map<Integer, CurvePoint> lastPoints) {
    for (int first : sweep.packable()) {
      List<Trial> trials = sweep.packable(first);
      TrialPage page =
          TrialArchive.pack(
              new TrialArchive.Contents(trials, sweep.attempts(first, first + PAGE), lastPoints));
      sweep.pack(page);
    }
  }

  private void storeAll(Sweep sweep) {
    for (TrialPage page : sweep.pages()) {
      if (page.bytes() != null) {
        page.stored(archive.store(page.bytes()));
      }
    }
  }

  private static Sweep restored(Sweep sweep, TrialArchive archive) throws Exception {
    SweepSnapshot snapshot = SweepSnapshot.parseFrom(SweepSnapshots.of(sweep).toByteString());
    Sweep restored = sweep(sweep.definition(), archive);
    SweepSnapshots.restore(snapshot, restored);
    return restored;
  }

  /** The next thing that may happen. */
  private static SweepEvent next(Sweep sweep, Random random, boolean several) {
    int number = sweep.size() == 0 ? 0 : random.nextInt(sweep.size());
    Trial trial = sweep.size() == 0 ? null : sweep.trial(number);
    // Mostly what is over stays so.
    boolean stays = trial == null || (trial.isOver() && random.nextInt(20) > 0);
    if (stays || random.nextInt(6) == 0) {
      return new SweepEvent.TrialSampled(
          sweep.size(),
          new Point(Map.of("learning_rate", new ParameterValue.Real(random.nextDouble()))),
          random.nextLong(),
          0);
    }
    if (trial.waiting()) {
      return new SweepEvent.TrialLeased(number, trial.attempt() + 1, "worker-1", 1_000 + number);
    }
    if (trial.running()) {
      return switch (random.nextInt(5)) {
        case 0 -> new SweepEvent.TrialReturned(number, trial.attempt(), "it went", true, 2_000);
        case 1 ->
            new SweepEvent.RungReached(
                number,
                trial.rungs().isEmpty() ? 1 : trial.rungs().lastKey() + 1,
                random.nextInt(20));
        default -> over(trial, random, several);
      };
    }
    return trial.state() == TrialState.STOPPED_EARLY
        ? new SweepEvent.TrialRevived(number, "it looked good")
        // As the best one's is whose model is lost.
        : new SweepEvent.TrialReturned(number, trial.attempt(), "with its model", true, 3_000);
  }

  private static SweepEvent over(Trial trial, Random random, boolean several) {
    TrialState state =
        List.of(
                TrialState.COMPLETED,
                TrialState.COMPLETED,
                TrialState.STOPPED_EARLY,
                TrialState.DIVERGED)
            .get(random.nextInt(4));
    boolean completed = state == TrialState.COMPLETED;
    return new SweepEvent.TrialOver(
        trial.number(),
        trial.attempt(),
        state,
        "over",
        10,
        2,
        3,
        completed ? (double) random.nextInt(20) : null,
        completed && several ? List.of((double) random.nextInt(20)) : List.of(),
        0,
        4_000);
  }

  private static List<Schedule> schedules() {
    return Stream.of(
            "median, min_epochs: 1, interval: 1, startup_trials: 2",
            "asha, min_epochs: 1, reduction_factor: 2")
        .map(each -> Schedule.of(definition("", "schedule: {early_stopping: " + each + "}")))
        .toList();
  }

  private static Verdict judged(Schedule schedule, Trial trial, Sweep sweep) {
    return schedule.judge(trial.number(), trial.undecided(), sweep.standings(1_000));
  }

  private static void assertSame(Sweep sweep, Sweep expected) {
    assertThat(sweep.trials()).isEqualTo(expected.trials());
    assertThat(sweep.attempts(0, sweep.size())).isEqualTo(expected.attempts(0, sweep.size()));
    assertThat(sweep.best()).isEqualTo(expected.best());
    assertThat(sweep.front()).isEqualTo(expected.front());
    assertThat(sweep.points()).isEqualTo(expected.points());
    assertThat(sweep.running()).isEqualTo(expected.running());
    assertThat(sweep.waiting()).isEqualTo(expected.waiting());
    assertThat(sweep.arrived()).isEqualTo(expected.arrived());
    assertThat(sweep.held()).isEqualTo(expected.held());
    for (Schedule schedule : schedules()) {
      for (Trial trial : expected.arrived()) {
        assertThat(judged(schedule, trial, sweep)).isEqualTo(judged(schedule, trial, expected));
      }
    }
    assertThat(sweep.history().trials()).isEqualTo(expected.history().trials());
    for (TrialState state : TrialState.values()) {
      assertThat(sweep.count(state)).as(state.name()).isEqualTo(expected.count(state));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | ''",
        "'' | 'objectives: [{metric: dev_error}, {metric: dev_loss}]'",
        "', repeats: 3' | ''"
      })
  void isTheSameWhateverHappensWheneverItIsPacked(String search, String more) throws Exception {
    SweepDefinition definition = definition(search, more);
    for (int seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      Sweep plain = sweep(definition, archive);
      Sweep packed = sweep(definition, archive);
      int pages = 0;
      for (int i = 0; i < 400; i++) {
        SweepEvent event = next(plain, random, definition.hasFront());
        plain.apply(event);
        packed.apply(event);
        if (random.nextInt(10) == 0) {
          packAll(packed, Map.of());
          pages = Math.max(pages, packed.pages().size());
        }
        if (random.nextInt(20) == 0) {
          storeAll(packed);
        }
        if (random.nextInt(40) == 0) {
          packed = restored(packed, new TrialArchive(blobs, PAGE));
        }
        if (random.nextInt(40) == 0) {
          assertSame(packed, plain);
        }
      }
      assertSame(packed, plain);
      assertThat(pages).as("pages of seed %d", seed).isGreaterThan(0);
    }
  }

  @Test
  void aSnapshotNamesStoredPagesAndHasTheTrialsOfTheOthers() throws Exception {
    Sweep sweep = completed(2 * PAGE + 1);
    packAll(sweep, Map.of());
    sweep.pages().iterator().next().stored(archive.store(sweep.pages().iterator().next().bytes()));

    SweepSnapshot snapshot = SweepSnapshots.of(sweep);

    assertThat(snapshot.getPagesList()).hasSize(1);
    assertThat(snapshot.getTrialsList())
        .extracting(stored -> stored.getNumber())
        .containsExactly(4, 5, 6, 7, 8);
    assertSame(restored(sweep, new TrialArchive(blobs, PAGE)), completed(2 * PAGE + 1));
  }

  /** With another size of pages than they were packed by. */
  @Test
  void pagesOfAnotherSizeStayAsTheyAre() throws Exception {
    Sweep sweep = completed(3 * PAGE);
    packAll(sweep, Map.of());
    storeAll(sweep);

    Sweep restored = restored(sweep, new TrialArchive(blobs, 5));
    SweepEvent again = new SweepEvent.TrialReturned(5, 1, "with its model", true, 3_000);
    restored.apply(again);

    Sweep expected = completed(3 * PAGE);
    expected.apply(again);
    assertSame(restored, expected);
  }

  @Test
  void aPageHasTheLastPoints() {
    Map<Integer, CurvePoint> points = new HashMap<>();
    points.put(1, CurvePoint.newBuilder().setEpoch(9).setDevError(0.25).build());
    Sweep sweep = completed(PAGE);
    packAll(sweep, points);
    storeAll(sweep);

    assertThat(new TrialArchive(blobs, PAGE).contents(sweep.page(1)).lastPoints())
        .isEqualTo(points);
  }

  @Test
  void saysWhichTrialsCannotBeRead() {
    Sweep sweep = completed(PAGE);
    packAll(sweep, Map.of());
    TrialPage page = sweep.page(0);
    page.stored(BlobRef.newBuilder().setSha256("ab".repeat(32)).build());

    assertThatThrownBy(() -> new TrialArchive(blobs, PAGE).contents(page))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessage(
            "the trials 0 to 3 cannot be read, restore the store from a backup: there is no %s %s",
            BlobKind.TRIALS, "ab".repeat(32));
  }

  private Sweep completed(int trials) {
    Sweep sweep = sweep(definition("", ""), archive);
    List<SweepEvent> events = new ArrayList<>();
    for (int n = 0; n < trials; n++) {
      events.add(
          new SweepEvent.TrialSampled(
              n, new Point(Map.of("learning_rate", new ParameterValue.Real(0.5))), n, 0));
      events.add(new SweepEvent.TrialLeased(n, 1, "worker-1", 1_000));
      events.add(
          new SweepEvent.TrialOver(n, 1, TrialState.COMPLETED, "", 10, 2, 3, (double) n, 2_000));
    }
    sweep.apply(new SweepEvent.Several(events));
    return sweep;
  }
}
