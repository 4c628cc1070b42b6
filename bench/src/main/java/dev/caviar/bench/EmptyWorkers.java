package dev.caviar.bench;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import dev.caviar.worker.link.GrpcLink;
import dev.caviar.worker.link.LinkSettings;
import java.util.List;

/**
 * Many workers that train nothing, each with a stream of its own to a coordinator. Arguments: the
 * coordinator's HOST:PORT, how many workers, the slots of each, how many points to a report, and a
 * name for this process.
 */
public final class EmptyWorkers {
  private EmptyWorkers() {}

  public static void main(String[] args) {
    LinkSettings to = new LinkSettings(List.of(args[0]), null);
    int workers = Integer.parseInt(args[1]);
    int slots = Integer.parseInt(args[2]);
    ActorSystem<Void> system =
        ActorSystem.create(
            all(to, workers, slots, Integer.parseInt(args[3]), args[4]), "empty-workers");
    system.getWhenTerminated().toCompletableFuture().join();
  }

  private static Behavior<Void> all(
      LinkSettings to, int workers, int slots, int pointsInReport, String name) {
    return Behaviors.setup(
        context -> {
          for (int i = 0; i < workers; i++) {
            String id = name + "-" + i;
            context.spawn(
                EmptyWorker.create(
                    id, slots, pointsInReport, new GrpcLink(to, context.getSystem())),
                id);
          }
          return Behaviors.empty();
        });
  }
}
