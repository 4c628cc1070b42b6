package dev.caviar.cli.panda;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** Who uses this command, for the ledger: user@host. */
final class Who {
  private Who() {}

  static String get() {
    String user = System.getProperty("user.name", "somebody");
    try {
      return user + "@" + InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return user;
    }
  }
}
