package dev.caviar.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import com.typesafe.config.ConfigFactory;
import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.StoredTrial;
import dev.caviar.proto.v1.SweepSnapshot;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The embedded store, in a process that is killed. */
@NullUnmarked
class KilledCoordinatorTest {
  private static final int OF_EACH_KIND_BEFORE_THE_KILL = 60;

  @TempDir Path folder;

  @Test
  void whatWasAcknowledgedIsThere() throws Exception {
    List<String> acknowledged = new ArrayList<>();
    int first = 1;
    // Twice, so that the second begins with what a killed one left.
    for (int kill = 0; kill < 2; kill++) {
      try (OtherProcess writer =
          OtherProcess.start(AcknowledgingWriter.class, folder.toString(), "" + first)) {
        Map<String, Integer> kinds = new HashMap<>();
        while (kinds.size() < 3 || Collections.min(kinds.values()) < OF_EACH_KIND_BEFORE_THE_KILL) {
          String line = read(writer);
          kinds.merge(line.substring(0, line.indexOf(' ')), 1, Integer::sum);
          acknowledged.add(line);
        }
        acknowledged.addAll(complete(writer.kill()));
      }
      assertAllThere(acknowledged);
      first = 1 + 100_000 * (kill + 1);
    }
  }

  private static String read(OtherProcess writer) throws IOException {
    String line = writer.line();
    assertThat(line).as("the writer has ended by itself").isNotNull();
    return line;
  }

  /** All but a last line that the kill may have cut. */
  private static List<String> complete(List<String> lines) {
    return lines.isEmpty() ? lines : lines.subList(0, lines.size() - 1);
  }

  private void assertAllThere(List<String> acknowledged) throws Exception {
    List<Integer> events = new ArrayList<>();
    List<Integer> points = new ArrayList<>();
    try (Stores stores = Stores.embedded(folder)) {
      for (String line : acknowledged) {
        String[] words = line.split(" ", 2);
        switch (words[0]) {
          case "event" -> events.add(Integer.valueOf(words[1]));
          case "point" -> points.add(Integer.valueOf(words[1]));
          case "blob" ->
              assertThat(stores.blobs().open(BlobKind.CHECKPOINT, words[1]).readAllBytes())
                  .asString()
                  .startsWith("checkpoint");
          default -> throw new AssertionError(line);
        }
      }
      assertThat(events).isNotEmpty();
      assertThat(points).isNotEmpty();
      assertThat(
              stores
                  .curves()
                  .read(AcknowledgingWriter.SWEEP, 0, 0, Integer.MAX_VALUE)
                  .toCompletableFuture()
                  .join())
          .extracting(CurvePoint::getEpoch)
          .containsAll(points);
      assertThat(sampled(stores)).containsAll(events);
    }
  }

  private static List<Integer> sampled(Stores stores) {
    ActorTestKit kit =
        ActorTestKit.create("reader", stores.persistence().withFallback(ConfigFactory.load()));
    try {
      TestProbe<SweepSnapshot> probe = kit.createTestProbe();
      ActorRef<Ledger.Command> ledger = kit.spawn(Ledger.create(AcknowledgingWriter.LEDGER, 25));
      ledger.tell(new Ledger.Get(probe.getRef()));
      return probe.receiveMessage(Duration.ofSeconds(30)).getTrialsList().stream()
          .map(StoredTrial::getNumber)
          .toList();
    } finally {
      kit.shutdownTestKit();
    }
  }

  @Test
  void aStoreInUseIsSaidSo() throws Exception {
    try (OtherProcess writer =
        OtherProcess.start(AcknowledgingWriter.class, folder.toString(), "1")) {
      read(writer);

      assertThatThrownBy(() -> Stores.embedded(folder))
          .isInstanceOf(StoreException.class)
          .hasMessage(
              "the store in "
                  + folder
                  + " is in use by another coordinator; stop that one, or name another folder");
      writer.kill();
    }
  }
}
