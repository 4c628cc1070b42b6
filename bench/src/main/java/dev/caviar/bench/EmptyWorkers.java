package dev.caviar.bench;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import dev.caviar.worker.link.GrpcLink;
import dev.caviar.worker.link.LinkSettings;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Many workers that train nothing, each with a stream of its own to a coordinator. Arguments: the
 * coordinator's HOST:PORT, how many workers, the slots of each, how many points to a report, and a
 * name for this process; and, for workers that take their time, how many trials are over at once,
 * of how many epochs, and the milliseconds between two epochs of the others.
 */
public final class EmptyWorkers {
  private EmptyWorkers() {}

  public static void main(String[] args) {
    LinkSettings to = new LinkSettings(List.of(args[0]), null);
    int workers = Integer.parseInt(args[1]);
    int slots = Integer.parseInt(args[2]);
    ActorSystem<Void> system =
        ActorSystem.create(
            all(to, workers, slots, Integer.parseInt(args[3]), args[4], pace(args)),
            "empty-workers");
    system.getWhenTerminated().toCompletableFuture().join();
  }

  private static EmptyWorker.@Nullable Pace pace(String[] args) {
    return args.length < 8
        ? null
        : new EmptyWorker.Pace(
            Integer.parseInt(args[5]),
            Integer.parseInt(args[6]),
            Duration.ofMillis(Long.parseLong(args[7])));
  }

  private static Behavior<Void> all(
      LinkSettings to,
      int workers,
      int slots,
      int pointsInReport,
      String name,
      EmptyWorker.@Nullable Pace pace) {
    return Behaviors.setup(
        context -> {
          for (int i = 0; i < workers; i++) {
            String id = name + "-" + i;
            context.spawn(
                EmptyWorker.create(
                    id, slots, pointsInReport, pace, new GrpcLink(to, context.getSystem())),
                id);
          }
          return Behaviors.empty();
        });
  }
}
