package dev.caviar.coordinator;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import dev.caviar.coordinator.api.ApiSettings;
import dev.caviar.coordinator.store.Stores;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a coordinator is told when it starts; reference.conf says what each setting means and which
 * environment variable sets it.
 *
 * @param config the whole configuration, for the ActorSystem
 */
public record CoordinatorSettings(
    ApiSettings api, Store store, @Nullable Cluster cluster, Config config) {

  /** Where a coordinator keeps what outlives it. */
  public sealed interface Store {
    /** Opens it, for this process alone or for a cluster. */
    Stores open();
  }

  /** In a folder of this machine. */
  public record Embedded(Path folder) implements Store {
    @Override
    public Stores open() {
      return Stores.embedded(folder);
    }

    @Override
    public String toString() {
      return "in the folder " + folder;
    }
  }

  /** In a PostgreSQL database. */
  public record PostgreSql(String url, String user, String password) implements Store {
    @Override
    public Stores open() {
      return Stores.postgresql(url, user, password);
    }

    /** Without the password, because it is logged. */
    @Override
    public String toString() {
      return url + " as " + user;
    }
  }

  /**
   * Several coordinators, of which one is active.
   *
   * @param nodes how many there are, an odd number; more than half of them must be up
   * @param hostname this node's own, for the others
   * @param seeds all of them, HOST:PORT each as coordinators reach each other
   * @param address this node's HOST:PORT for workers and clients, which standbys send them to
   */
  public record Cluster(int nodes, String hostname, List<String> seeds, String address) {}

  /** From the configuration files and the environment. */
  public static CoordinatorSettings load() {
    return of(ConfigFactory.load());
  }

  /**
   * From a configuration.
   *
   * @throws IllegalArgumentException if a setting cannot be understood, or goes with none of the
   *     others
   */
  public static CoordinatorSettings of(Config config) {
    try {
      Config own = config.getConfig("caviar.coordinator");
      Store store = store(own.getConfig("store"));
      Cluster cluster = cluster(own.getConfig("cluster"));
      if (cluster != null && store instanceof Embedded) {
        throw new IllegalArgumentException(
            "coordinators that take each other's place need a store they all reach:"
                + " caviar.coordinator.store.kind = postgresql");
      }
      return new CoordinatorSettings(api(own), store, cluster, config);
    } catch (ConfigException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private static ApiSettings api(Config own) {
    Path certificate = path(own, "tls.certificate");
    Path key = path(own, "tls.key");
    Path authority = path(own, "tls.authority");
    ApiSettings.Tls tls = null;
    if (certificate != null && key != null && authority != null) {
      tls = new ApiSettings.Tls(certificate, key, authority);
    } else if (certificate != null || key != null || authority != null) {
      throw new IllegalArgumentException(
          "caviar.coordinator.tls needs all of certificate, key and authority");
    }
    return new ApiSettings(
        own.getString("bind"),
        own.getInt("port"),
        tls,
        path(own, "tokens-file"),
        own.getBoolean("insecure"),
        own.getBytes("most-blob-bytes"),
        own.getBytes("most-data-bytes"),
        own.getInt("most-requests-per-second"));
  }

  private static Store store(Config store) {
    String kind = store.getString("kind");
    return switch (kind) {
      case "embedded" -> new Embedded(Path.of(store.getString("folder")));
      case "postgresql" ->
          new PostgreSql(
              store.getString("url"), store.getString("user"), store.getString("password"));
      default ->
          throw new IllegalArgumentException(
              "caviar.coordinator.store.kind is embedded or postgresql, not " + kind);
    };
  }

  private static @Nullable Cluster cluster(Config cluster) {
    int nodes = cluster.getInt("nodes");
    if (nodes <= 1) {
      return null;
    }
    if (nodes % 2 == 0) {
      throw new IllegalArgumentException(
          "caviar.coordinator.cluster.nodes must be odd, so that one half is the larger; it is "
              + nodes);
    }
    List<String> seeds =
        Arrays.stream(cluster.getString("seeds").split(","))
            .map(String::strip)
            .filter(seed -> !seed.isEmpty())
            .toList();
    if (seeds.isEmpty()) {
      throw new IllegalArgumentException(
          "caviar.coordinator.cluster.seeds must name the coordinators, as host:port,host:port");
    }
    return new Cluster(nodes, cluster.getString("hostname"), seeds, cluster.getString("address"));
  }

  private static @Nullable Path path(Config config, String key) {
    String text = config.getString(key);
    return text.isEmpty() ? null : Path.of(text);
  }
}
