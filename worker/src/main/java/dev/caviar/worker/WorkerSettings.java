package dev.caviar.worker;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import dev.caviar.worker.data.PushedData;
import dev.caviar.worker.link.LinkSettings;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a worker process is told when it starts; reference.conf says what each setting means and
 * which environment variable sets it.
 *
 * @param workerId unique among the coordinator's workers
 * @param backend cpu or nd4j
 * @param config the whole configuration, for the ActorSystem
 */
public record WorkerSettings(
    LinkSettings link, String workerId, int slots, String backend, Path dataFolder, Config config) {

  /** From the configuration files and the environment. */
  public static WorkerSettings load() {
    return of(ConfigFactory.load());
  }

  /**
   * From a configuration.
   *
   * @throws IllegalArgumentException if a setting cannot be understood
   */
  public static WorkerSettings of(Config config) {
    try {
      Config own = config.getConfig("caviar.worker");
      int slots = own.getInt("slots");
      String id = own.getString("id");
      String backend = own.getString("backend");
      if (!backend.equals("cpu") && !backend.equals("nd4j")) {
        throw new IllegalArgumentException("caviar.worker.backend is cpu or nd4j, not " + backend);
      }
      Path folder = path(own, "data-folder");
      return new WorkerSettings(
          new LinkSettings(
              Arrays.stream(own.getString("coordinators").split(","))
                  .map(String::strip)
                  .filter(address -> !address.isEmpty())
                  .toList(),
              tls(own)),
          id.isEmpty() ? newId() : id,
          slots == 0 ? WorkerOptions.defaultSlots() : slots,
          backend,
          folder == null ? PushedData.defaultFolder() : folder,
          config);
    } catch (ConfigException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /** A process that starts anew holds nothing of before, so it is another worker. */
  private static String newId() {
    String random = UUID.randomUUID().toString().substring(0, 6);
    try {
      return InetAddress.getLocalHost().getHostName() + "-" + random;
    } catch (UnknownHostException e) {
      return "worker-" + random;
    }
  }

  private static LinkSettings.@Nullable Tls tls(Config own) {
    Path certificate = path(own, "tls.certificate");
    Path key = path(own, "tls.key");
    Path authority = path(own, "tls.authority");
    if (certificate != null && key != null && authority != null) {
      return new LinkSettings.Tls(certificate, key, authority);
    }
    if (certificate != null || key != null || authority != null) {
      throw new IllegalArgumentException(
          "caviar.worker.tls needs all of certificate, key and authority");
    }
    return null;
  }

  private static @Nullable Path path(Config config, String key) {
    String text = config.getString(key);
    return text.isEmpty() ? null : Path.of(text);
  }
}
