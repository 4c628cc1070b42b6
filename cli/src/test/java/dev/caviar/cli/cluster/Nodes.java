package dev.caviar.cli.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.caviar.coordinator.CoordinatorNode;
import dev.caviar.coordinator.CoordinatorSettings;
import dev.caviar.coordinator.api.Certificates;
import dev.caviar.proto.v1.SubmitSweepRequest;
import dev.caviar.worker.WorkerNode;
import dev.caviar.worker.WorkerSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;

/** Coordinators and workers as processes start them, but several in this one. */
public final class Nodes {
  private Nodes() {}

  /** On any free port. */
  public static CoordinatorNode coordinator(Map<String, Object> own, Map<String, Object> tls) {
    Map<String, Object> all = new HashMap<>(own);
    all.putAll(tls);
    all.putIfAbsent("port", 0);
    return CoordinatorNode.start(CoordinatorSettings.of(config("caviar.coordinator.", all)));
  }

  public static WorkerNode worker(String coordinators, String id, Map<String, Object> tls) {
    Map<String, Object> all = new HashMap<>(tls);
    all.put("coordinators", coordinators);
    all.put("id", id);
    all.put("slots", 1);
    return WorkerNode.start(WorkerSettings.of(config("caviar.worker.", all)));
  }

  private static Config config(String prefix, Map<String, Object> own) {
    Map<String, Object> settings = new HashMap<>();
    own.forEach((name, value) -> settings.put(prefix + name, value));
    return ConfigFactory.parseMap(settings).withFallback(ConfigFactory.load());
  }

  public static Map<String, Object> tls(Path folder, String certificate, String key) {
    return Map.of(
        "tls.certificate", folder.resolve(certificate).toString(),
        "tls.key", folder.resolve(key).toString(),
        "tls.authority", folder.resolve(Certificates.AUTHORITY).toString());
  }

  public static SubmitSweepRequest sweep(String name, int trials, int epochs) {
    return SubmitSweepRequest.newBuilder()
        .setSweepFile(
            """
            name: %s
            data: {builtin: digits, dev: 0.2, test: 0.1}
            parameters:
              learning_rate: {scale: log, min: 1.0e-3, max: 0.1}
              hidden_units: {min: 10, max: 30}
            fixed: {epochs: %d}
            search: {sampler: random, trials: %d, seed: 3}
            """
                .formatted(name, epochs, trials))
        .build();
  }

  /** Waits, looking again and again; what fails counts as not yet. */
  public static void until(Duration atMost, Callable<Boolean> condition)
      throws InterruptedException {
    long end = System.nanoTime() + atMost.toNanos();
    boolean met = false;
    while (!met && System.nanoTime() < end) {
      try {
        met = condition.call();
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception e) {
        met = false;
      }
      if (!met) {
        Thread.sleep(100);
      }
    }
    assertThat(met).as("within " + atMost).isTrue();
  }
}
