package dev.caviar.coordinator.panda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.coordinator.space.PandaDefinition;
import dev.caviar.coordinator.space.PandaDefinition.CheckpointPolicy;
import dev.caviar.coordinator.space.PandaFile;
import dev.caviar.coordinator.space.SweepFileException;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.PandaCheckpoint;
import dev.caviar.proto.v1.PandaJournalEvent;
import dev.caviar.proto.v1.PandaJournalEvent.PandaCheckpointNamed;
import dev.caviar.proto.v1.PandaJournalEvent.PandaCheckpointed;
import dev.caviar.proto.v1.PandaJournalEvent.PandaCheckpointsDropped;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked
class RetentionTest {
  private static final long MINUTE = Duration.ofMinutes(1).toMillis();
  private static final long HOUR = Duration.ofHours(1).toMillis();
  private static final long DAY = Duration.ofDays(1).toMillis();

  private final Panda panda = panda();

  private static Panda panda() {
    try {
      PandaDefinition definition =
          PandaFile.parse(
              """
              name: test
              data: {builtin: digits}
              parameters: {hidden_units: 5}
              checkpoints: {every: 1m, keep_all: 1h, keep_hourly: 1d}
              """,
              Path.of("/"));
      assertThat(definition.checkpoints())
          .isEqualTo(
              new CheckpointPolicy(Duration.ofMinutes(1), Duration.ofHours(1), Duration.ofDays(1)));
      return new Panda("test", definition, 0, "ann", "");
    } catch (SweepFileException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static void take(Panda panda, long atMillis, Double value) {
    int number = panda.nextCheckpoint();
    PandaCheckpoint.Builder checkpoint =
        PandaCheckpoint.newBuilder()
            .setNumber(number)
            .setStep(number)
            .setTakenAtMillis(atMillis)
            .setBlob(BlobRef.newBuilder().setSha256("blob " + number));
    if (value != null) {
      checkpoint.setValue(value);
    }
    panda.apply(
        PandaJournalEvent.newBuilder()
            .setCheckpointed(PandaCheckpointed.newBuilder().setCheckpoint(checkpoint))
            .build());
  }

  private static List<Integer> superseded(Panda panda, long now) {
    return new Retention(panda).superseded(now).stream().map(PandaCheckpoint::getNumber).toList();
  }

  private static void thin(Panda panda, long now) {
    panda.apply(
        PandaJournalEvent.newBuilder()
            .setCheckpointsDropped(
                PandaCheckpointsDropped.newBuilder().addAllNumbers(superseded(panda, now)))
            .build());
  }

  @Test
  void allOfTheLastHourAreKept() {
    for (int minute = 0; minute < 60; minute++) {
      take(panda, minute * MINUTE, null);
    }
    assertThat(superseded(panda, 59 * MINUTE)).isEmpty();
  }

  @Test
  void ofEachHourOfTheLastDayTheFirstIsKept() {
    for (int minute = 0; minute < 6 * 60; minute += 10) {
      take(panda, minute * MINUTE, null);
    }
    thin(panda, 6 * HOUR);

    assertThat(panda.checkpoints())
        .extracting(checkpoint -> checkpoint.getTakenAtMillis() / MINUTE)
        .containsExactly(0L, 60L, 120L, 180L, 240L, 300L, 310L, 320L, 330L, 340L, 350L);
  }

  @Test
  void ofEachDayBeforeThatTheFirstIsKept() {
    for (int hour = 0; hour < 5 * 24; hour++) {
      take(panda, hour * HOUR, null);
      thin(panda, hour * HOUR);
    }
    List<Long> hours =
        panda.checkpoints().stream()
            .map(checkpoint -> checkpoint.getTakenAtMillis() / HOUR)
            .toList();

    assertThat(hours).startsWith(0L, 24L, 48L, 72L).endsWith(118L, 119L);
    assertThat(hours).contains(96L, 100L, 110L).doesNotContain(25L, 50L, 90L);
  }

  @Test
  void theBestANamedOneAndTheLastAreKeptForGood() {
    take(panda, 0, 0.5);
    take(panda, MINUTE, 0.1);
    take(panda, 2 * MINUTE, 0.3);
    take(panda, 3 * MINUTE, 0.4);
    take(panda, 4 * MINUTE, 0.4);
    panda.apply(
        PandaJournalEvent.newBuilder()
            .setCheckpointNamed(PandaCheckpointNamed.newBuilder().setNumber(3).setName("mine"))
            .build());

    assertThat(superseded(panda, 30 * DAY)).containsExactly(4);
    assertThat(new Retention(panda).reasons(panda.checkpoint(2))).containsExactly("best");
    assertThat(new Retention(panda).reasons(panda.checkpoint(3))).containsExactly("named");
    assertThat(new Retention(panda).reasons(panda.checkpoint(5)))
        .containsExactly("last of branch 0");
  }

  @Property(tries = 50)
  void thinningOftenKeepsAsMuchAsThinningOnce(@ForAll @IntRange(min = 1, max = 97) int minutes) {
    Panda often = panda();
    Panda once = panda();
    long end = 3 * DAY;
    for (long at = 0; at < end; at += minutes * MINUTE) {
      take(often, at, null);
      thin(often, at);
      take(once, at, null);
    }
    thin(often, end);
    thin(once, end);

    assertThat(often.checkpoints()).containsExactlyElementsOf(once.checkpoints());
  }
}
