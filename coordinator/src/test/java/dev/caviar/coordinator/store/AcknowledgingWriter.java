package dev.caviar.coordinator.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.SpawnProtocol;
import akka.actor.typed.javadsl.AskPattern;
import com.typesafe.config.ConfigFactory;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.sweep.SweepEvent;
import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.TrialPoints;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Stores events, points and blobs in the embedded store of a folder, and prints a line for each as
 * soon as it is acknowledged, until it is killed.
 */
final class AcknowledgingWriter {
  static final String LEDGER = "killed";
  static final String SWEEP = "killed";

  private AcknowledgingWriter() {}

  /** Arguments: the folder, and the number of the first thing to store. */
  public static void main(String[] arguments) throws Exception {
    Stores stores = Stores.embedded(Path.of(arguments[0]));
    int first = Integer.parseInt(arguments[1]);
    ActorSystem<SpawnProtocol.Command> system =
        ActorSystem.create(
            SpawnProtocol.create(),
            "writer",
            stores.persistence().withFallback(ConfigFactory.load()));
    Duration patience = Duration.ofSeconds(30);
    ActorRef<Ledger.Command> ledger =
        AskPattern.<SpawnProtocol.Command, ActorRef<Ledger.Command>>ask(
                system,
                replyTo ->
                    new SpawnProtocol.Spawn<>(
                        Ledger.create(LEDGER, 25), "ledger", Props.empty(), replyTo),
                patience,
                system.scheduler())
            .toCompletableFuture()
            .join();
    Thread events =
        Thread.ofPlatform()
            .start(
                () -> {
                  for (int n = first; ; n++) {
                    SweepEvent event = new SweepEvent.TrialSampled(n, new Point(Map.of()), n, 0);
                    AskPattern.<Ledger.Command, Done>askWithStatus(
                            ledger,
                            replyTo -> new Ledger.Append(List.of(event), replyTo),
                            patience,
                            system.scheduler())
                        .toCompletableFuture()
                        .join();
                    print("event " + n);
                  }
                });
    Thread points =
        Thread.ofPlatform()
            .start(
                () -> {
                  for (int n = first; ; n++) {
                    CurvePoint point = CurvePoint.newBuilder().setEpoch(n).build();
                    stores
                        .curves()
                        .append(
                            SWEEP,
                            List.of(TrialPoints.newBuilder().setTrial(0).addPoints(point).build()))
                        .toCompletableFuture()
                        .join();
                    print("point " + n);
                  }
                });
    for (int n = first; events.isAlive() && points.isAlive(); n++) {
      byte[] bytes = ("checkpoint " + n).getBytes(UTF_8);
      print(
          "blob "
              + stores
                  .blobs()
                  .put(BlobKind.CHECKPOINT, new ByteArrayInputStream(bytes), bytes.length)
                  .getSha256());
    }
  }

  private static void print(String line) {
    // One call: lines of several threads must not mix.
    System.out.print(line + "\n");
    System.out.flush();
  }
}
