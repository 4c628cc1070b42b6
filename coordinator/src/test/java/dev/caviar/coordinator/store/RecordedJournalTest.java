package dev.caviar.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.coordinator.CoordinatorEvent;
import dev.caviar.coordinator.sweep.SweepEvent;
import dev.caviar.proto.v1.CoordinatorSnapshot;
import dev.caviar.proto.v1.PandaJournalEvent;
import dev.caviar.proto.v1.PandaSnapshot;
import dev.caviar.proto.v1.SweepSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Journals that earlier versions wrote are read as they were meant. */
class RecordedJournalTest {
  private static List<Path> versions() throws IOException {
    try (Stream<Path> folders = Files.list(RecordedJournal.ALL)) {
      return folders
          .sorted(Comparator.comparing(folder -> Integer.valueOf(folder.getFileName().toString())))
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("versions")
  void saysWhatItSaidWhenItWasRecorded(Path version) throws IOException {
    RecordedJournal journal = new RecordedJournal(version);

    assertThat(journal.read().stream().map(RecordedJournal::text))
        .containsExactlyElementsOf(journal.expected());
  }

  @Test
  void theNewestHasEveryKindOfRecord() throws IOException {
    Set<Class<?>> all = new HashSet<>();
    all.addAll(List.of(SweepEvent.class.getPermittedSubclasses()));
    all.addAll(List.of(CoordinatorEvent.class.getPermittedSubclasses()));
    all.addAll(
        List.of(
            SweepSnapshot.class,
            CoordinatorSnapshot.class,
            PandaJournalEvent.class,
            PandaSnapshot.class));

    Set<Class<?>> recorded = new HashSet<>();
    for (Object record : new RecordedJournal(versions().getLast()).read()) {
      recorded.add(record.getClass());
    }

    assertThat(recorded).as("record a new journal, see RecordedJournal").isEqualTo(all);
  }

  @Test
  void theNewestHasEveryEventOfAPanda() throws IOException {
    Set<PandaJournalEvent.EventCase> recorded = EnumSet.noneOf(PandaJournalEvent.EventCase.class);
    for (Object record : new RecordedJournal(versions().getLast()).read()) {
      if (record instanceof PandaJournalEvent event) {
        recorded.add(event.getEventCase());
      }
    }

    assertThat(recorded)
        .isEqualTo(EnumSet.complementOf(EnumSet.of(PandaJournalEvent.EventCase.EVENT_NOT_SET)));
  }

  @Test
  void theNewestIsWhatWouldBeRecordedToday(@TempDir Path folder) throws IOException {
    RecordedJournal today = new RecordedJournal(folder.resolve("today"));
    today.record(ExampleJournal.records());

    assertThat(new ArrayList<>(today.expected()))
        .as("record a new journal, see RecordedJournal")
        .isEqualTo(new RecordedJournal(versions().getLast()).expected());
  }
}
