package dev.caviar.cli.remote;

import java.util.Locale;

/**
 * Where a coordinator listens.
 *
 * @param host a name, or an address without brackets
 * @param port 1..65535
 * @param https whether it was written with https:// before it
 */
public record ServerAddress(String host, int port, boolean https) {
  /** A coordinator's port unless its operator says otherwise. */
  public static final int DEFAULT_PORT = 7070;

  private static final String HTTPS = "https://";

  /**
   * Reads {@code host}, {@code host:port}, {@code [ipv6]:port}, or one of them after {@code
   * https://}.
   *
   * @throws IllegalArgumentException if it is none of them; the message says what it should be
   */
  public static ServerAddress parse(String text) {
    String rest = text.strip();
    boolean https = rest.toLowerCase(Locale.ROOT).startsWith(HTTPS);
    if (https) {
      rest = rest.substring(HTTPS.length());
    }
    int bracket = rest.indexOf(']');
    int colon = rest.lastIndexOf(':');
    boolean bare = bracket < 0 && rest.indexOf(':') != colon; // An IPv6 address and nothing else.
    boolean withPort = colon > bracket && !bare;
    String host = withPort ? rest.substring(0, colon) : rest;
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    if (host.isEmpty() || host.matches(".*[\\s/\\[\\]@?#,].*")) {
      throw wrong(text);
    }
    return new ServerAddress(
        host, withPort ? port(rest.substring(colon + 1), text) : DEFAULT_PORT, https);
  }

  private static int port(String port, String text) {
    try {
      int number = Integer.parseInt(port);
      if (number >= 1 && number <= 65_535) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw wrong(text);
  }

  private static IllegalArgumentException wrong(String text) {
    return new IllegalArgumentException(
        "'" + text + "' is no server address: write HOST:PORT, for example tuner.example.org:7070");
  }

  /** As a URI has it: host:port, an IPv6 address in brackets. */
  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
