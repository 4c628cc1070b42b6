package dev.caviar.coordinator;

import akka.Done;
import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.PreRestart;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.Terminated;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.typed.ClusterSingleton;
import akka.cluster.typed.ClusterSingletonSettings;
import akka.cluster.typed.SingletonActor;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.caviar.coordinator.CoordinatorSettings.Cluster;
import dev.caviar.coordinator.api.ActiveAddress;
import dev.caviar.coordinator.api.ActiveCoordinator;
import dev.caviar.coordinator.api.ApiServer;
import dev.caviar.coordinator.api.ApiSettings;
import dev.caviar.coordinator.api.CoordinatorMetrics;
import dev.caviar.coordinator.api.ServerSecurity;
import dev.caviar.coordinator.store.Stores;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One coordinator process: its store, its actors and its port. Alone it is active at once; of
 * several that form a cluster one is, and when it goes another takes over from the store they
 * share.
 */
public final class CoordinatorNode implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CoordinatorNode.class);
  private static final String ROLE = "coordinator";
  private static final Duration FIRST_RESTART = Duration.ofSeconds(1);
  private static final Duration LAST_RESTART = Duration.ofSeconds(30);
  private static final Duration STORE_CLOSES = Duration.ofSeconds(30);

  private final ActorSystem<Void> system;
  private final ApiServer server;
  private final CompletableFuture<Done> ended;

  private CoordinatorNode(
      ActorSystem<Void> system, ApiServer server, CompletableFuture<Done> ended) {
    this.system = system;
    this.server = server;
    this.ended = ended;
  }

  /**
   * Starts one; it takes requests, or stands by, when this returns.
   *
   * @throws dev.caviar.coordinator.store.StoreException if the store cannot be opened
   * @throws IllegalArgumentException if the port must not be opened like this
   */
  public static CoordinatorNode start(CoordinatorSettings settings) {
    ServerSecurity security = ServerSecurity.of(settings.api());
    checkCluster(settings);
    Stores stores = settings.store().open();
    ActiveCoordinator active = new ActiveCoordinator();
    CoordinatorMetrics metrics = new CoordinatorMetrics();
    CompletableFuture<Done> started = new CompletableFuture<>();
    ActorSystem<Void> system;
    try {
      system =
          ActorSystem.create(
              guardian(settings.cluster(), coordinator(stores, metrics), active, started),
              "caviar",
              config(settings, stores));
    } catch (RuntimeException e) {
      stores.close();
      throw e;
    }
    CompletableFuture<Done> ended =
        system
            .getWhenTerminated()
            .thenApply(
                done -> {
                  stores.close();
                  metrics.close();
                  return done;
                })
            .toCompletableFuture();
    metrics.follow(active, system);
    try {
      started.join();
      ApiServer server =
          ApiServer.start(
              new ApiServer.Setup(
                  settings.api(), security, active, system, stores.blobs(), metrics, version()));
      CoordinatedShutdown.get(system)
          .addTask(
              CoordinatedShutdown.PhaseServiceUnbind(),
              "close the port",
              () ->
                  CompletableFuture.supplyAsync(
                      () -> {
                        server.close();
                        return Done.getInstance();
                      }));
      log.info(
          "Coordinator listens on {}:{}{}, store {}",
          settings.api().bind(),
          server.port(),
          settings.api().tls() == null ? " in plain text" : " by TLS",
          settings.store());
      return new CoordinatorNode(system, server, ended);
    } catch (RuntimeException e) {
      system.terminate();
      ended.join();
      throw e;
    }
  }

  /**
   * What coordinators say to each other must be no easier to forge than what others say to them.
   */
  private static void checkCluster(CoordinatorSettings settings) {
    Cluster cluster = settings.cluster();
    ApiSettings.Tls tls = settings.api().tls();
    if (cluster != null && tls != null) {
      ServerSecurity.requireRsaKey(tls);
    }
    if (cluster != null
        && tls == null
        && !settings.api().insecure()
        && !ServerSecurity.isLoopback(cluster.hostname())) {
      throw new IllegalArgumentException(
          "coordinators that reach each other over a network, as "
              + cluster.hostname()
              + ", need TLS (caviar.coordinator.tls), or --insecure where the network is trusted");
    }
  }

  /** Coordinators show each other the certificates that they show to everybody. */
  private static Config encryption(ApiSettings.@Nullable Tls tls) {
    if (tls == null) {
      return ConfigFactory.empty();
    }
    String engine = "akka.remote.artery.ssl.rotating-keys-engine.";
    return ConfigFactory.parseMap(
        Map.of(
            "akka.remote.artery.transport",
            "tls-tcp",
            "akka.remote.artery.ssl.ssl-engine-provider",
            "akka.remote.artery.tcp.ssl.RotatingKeysSSLEngineProvider",
            engine + "key-file",
            tls.key().toString(),
            engine + "cert-file",
            tls.certificate().toString(),
            engine + "ca-cert-file",
            tls.authority().toString(),
            // Its default knows ciphers for RSA keys alone.
            engine + "protocol",
            "TLSv1.3",
            engine + "enabled-algorithms",
            List.of("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256")));
  }

  private static Config config(CoordinatorSettings settings, Stores stores) {
    Config base = stores.persistence().withFallback(settings.config());
    Cluster cluster = settings.cluster();
    if (cluster == null) {
      return base;
    }
    return ConfigFactory.parseMap(
            Map.of(
                "akka.actor.provider",
                "cluster",
                "akka.cluster.roles",
                List.of(ROLE),
                "akka.cluster.split-brain-resolver.static-quorum.quorum-size",
                cluster.nodes() / 2 + 1,
                // Or the first seed would become active alone after a restart.
                "akka.cluster.role.coordinator.min-nr-of-members",
                cluster.nodes() / 2 + 1,
                "akka.cluster.seed-nodes",
                cluster.seeds().stream().map(seed -> "akka://caviar@" + seed).toList()))
        .withFallback(encryption(settings.api().tls()))
        .withFallback(ConfigFactory.parseResources(CoordinatorNode.class, "cluster.conf"))
        .withFallback(base)
        .resolve();
  }

  private static Behavior<Coordinator.Command> coordinator(
      Stores stores, CoordinatorMetrics metrics) {
    return Coordinator.create(
        metrics.counting(stores.curves()),
        stores.logs(),
        stores.blobs(),
        metrics::countStaleReport,
        metrics.journalLag());
  }

  private static Behavior<Void> guardian(
      @Nullable Cluster cluster,
      Behavior<Coordinator.Command> alone,
      ActiveCoordinator active,
      CompletableFuture<Done> started) {
    return Behaviors.setup(
        context -> {
          Behavior<Coordinator.Command> coordinator = announced(alone, active, started);
          if (cluster == null) {
            ActorRef<Coordinator.Command> ref = context.spawn(coordinator, "coordinator");
            context.watch(ref);
          } else {
            ClusterSingleton.get(context.getSystem())
                .init(
                    SingletonActor.of(
                            Behaviors.supervise(coordinator)
                                .onFailure(
                                    SupervisorStrategy.restartWithBackoff(
                                        FIRST_RESTART, LAST_RESTART, 0.2)),
                            "coordinator")
                        .withSettings(
                            ClusterSingletonSettings.create(context.getSystem()).withRole(ROLE)));
            context.spawn(ActiveAddress.create(cluster.address(), active), "active-address");
            started.complete(Done.getInstance()); // it stands by until it is told otherwise
          }
          return Behaviors.receive(Void.class)
              .onSignal(Terminated.class, gone -> Behaviors.stopped())
              .build();
        });
  }

  /** Says on this node that the active coordinator is here, for as long as it is. */
  private static Behavior<Coordinator.Command> announced(
      Behavior<Coordinator.Command> alone,
      ActiveCoordinator active,
      CompletableFuture<Done> started) {
    return Behaviors.setup(
        context -> {
          ActorRef<Coordinator.Command> coordinator = context.spawn(alone, "active");
          context.watch(coordinator);
          active.here(coordinator);
          started.complete(Done.getInstance());
          context.getLog().info("This coordinator is active");
          return Behaviors.receive(Coordinator.Command.class)
              .onAnyMessage(
                  command -> {
                    coordinator.tell(command);
                    return Behaviors.same();
                  })
              .onSignal(
                  PostStop.class,
                  stopped -> {
                    active.gone(coordinator);
                    return Behaviors.same();
                  })
              .onSignal(
                  PreRestart.class,
                  failed -> {
                    active.gone(coordinator);
                    return Behaviors.same();
                  })
              .build();
        });
  }

  private static String version() {
    String version = CoordinatorNode.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  /** The port it listens on, also where 0 was asked for. */
  public int port() {
    return server.port();
  }

  /** Completes when it has ended, its store closed. */
  public CompletableFuture<Done> whenTerminated() {
    return ended;
  }

  /** Ends it in order: the port, then the actors, then the store. */
  @Override
  public void close() {
    // Each phase of the shutdown has a limit, which the actors' end has not: of several
    // coordinators, one was seen whose connections to the others never ended.
    CoordinatedShutdown.get(system)
        .runAll(CoordinatedShutdown.actorSystemTerminateReason())
        .toCompletableFuture()
        .join();
    try {
      ended.get(STORE_CLOSES.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      log.warn("The actors have not ended; the store stays open as long as this process lives");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new CompletionException(e.getCause());
    }
  }
}
