package dev.caviar.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.HashMap;
import java.util.Map;

/** The configuration of a process that stays: what options say counts before everything else. */
final class NodeConfig {
  private static final String CONSOLE_LEVEL = "caviar.log.console";

  private NodeConfig() {}

  static Config of(Map<String, Object> options) {
    // Must come before the first line is logged: whoever starts it here wants to see it work.
    if (System.getProperty(CONSOLE_LEVEL) == null) {
      System.setProperty(CONSOLE_LEVEL, "INFO");
    }
    Map<String, Object> settings = new HashMap<>(options);
    // Ctrl-C and SIGTERM end it in order; a sweep in this process would see to that itself.
    settings.put("akka.coordinated-shutdown.run-by-jvm-shutdown-hook", "on");
    return ConfigFactory.parseMap(settings).withFallback(ConfigFactory.load());
  }
}
