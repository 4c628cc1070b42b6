package dev.caviar.cli.remote;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How to reach the coordinators of one cluster.
 *
 * @param servers in the order they are tried; at least one
 * @param token sent with each request; null: none
 * @param caFile certificates, in PEM, that the servers' own must be signed by; null: those that the
 *     JVM trusts
 * @param tls whether connections are encrypted
 * @param source of the servers, for messages; empty where nobody named any
 */
public record ConnectionSettings(
    List<ServerAddress> servers,
    @Nullable String token,
    @Nullable Path caFile,
    boolean tls,
    String source) {
  /** Tried where nobody names a server. */
  public static final String DEFAULT_SERVER = "localhost:" + ServerAddress.DEFAULT_PORT;

  private static final List<String> KEYS = List.of("server", "token-file", "ca-file");

  /**
   * What the command line says of a connection.
   *
   * @param servers each an address or several with commas between them; empty: not said
   */
  public record Given(List<String> servers, @Nullable Path tokenFile, @Nullable Path caFile) {}

  public ConnectionSettings {
    servers = List.copyOf(servers);
    if (servers.isEmpty()) {
      throw new IllegalArgumentException("no server is named");
    }
  }

  /** The file with a user's own settings; it need not exist. */
  public static Path configFile(Map<String, String> environment) {
    String base = environment.getOrDefault("XDG_CONFIG_HOME", "");
    Path folder =
        base.isEmpty() ? Path.of(System.getProperty("user.home"), ".config") : Path.of(base);
    return folder.resolve("caviar").resolve("config.properties");
  }

  /**
   * Puts together what is said where; the command line counts before the environment, and that
   * before the file.
   *
   * @throws IllegalArgumentException if something of it is wrong; the message says what and where
   */
  public static ConnectionSettings resolve(
      Given given, Map<String, String> environment, Path configFile) {
    Properties file = read(configFile);
    List<String> servers = given.servers();
    String source = "--server";
    if (servers.isEmpty()) {
      servers = one(environment.get("CAVIAR_SERVER"));
      source = "CAVIAR_SERVER";
    }
    if (servers.isEmpty()) {
      servers = one(file.getProperty("server"));
      source = configFile.toString();
    }
    if (servers.isEmpty()) {
      servers = List.of(DEFAULT_SERVER);
      source = "";
    }
    List<ServerAddress> addresses = addresses(servers, source);
    Path caFile =
        first(
            given.caFile(),
            path(environment.get("CAVIAR_CA_FILE")),
            inFile(file.getProperty("ca-file"), configFile));
    if (caFile != null && !Files.isReadable(caFile)) {
      throw new IllegalArgumentException(
          caFile + ": the certificates of the cluster's CA cannot be read from there");
    }
    boolean https = addresses.stream().anyMatch(ServerAddress::https);
    return new ConnectionSettings(
        addresses,
        token(given.tokenFile(), environment, inFile(file.getProperty("token-file"), configFile)),
        caFile,
        https || caFile != null,
        source);
  }

  private static List<ServerAddress> addresses(List<String> servers, String source) {
    try {
      return servers.stream()
          .flatMap(list -> Stream.of(list.split(",")))
          .filter(address -> !address.isBlank())
          .map(ServerAddress::parse)
          .distinct()
          .toList();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(source + ": " + e.getMessage(), e);
    }
  }

  private static List<String> one(@Nullable String value) {
    return value == null || value.isBlank() ? List.of() : List.of(value);
  }

  private static @Nullable String token(
      @Nullable Path given, Map<String, String> environment, @Nullable Path inConfig) {
    String direct = environment.getOrDefault("CAVIAR_TOKEN", "").strip();
    if (given == null && !direct.isEmpty()) {
      return checked(direct, "CAVIAR_TOKEN");
    }
    Path file = first(given, path(environment.get("CAVIAR_TOKEN_FILE")), inConfig);
    if (file == null) {
      return null;
    }
    try {
      return checked(Files.readString(file).strip(), file.toString());
    } catch (IOException e) {
      throw new IllegalArgumentException(file + ": the token cannot be read from there: " + e, e);
    }
  }

  /** It goes into a header, where other characters have no place. */
  private static String checked(String token, String source) {
    if (!token.matches("[\\x21-\\x7e]+")) {
      throw new IllegalArgumentException(
          source + ": a token is one line of letters, digits and signs, without blanks");
    }
    return token;
  }

  private static Properties read(Path configFile) {
    Properties properties = new Properties();
    try (Reader in = Files.newBufferedReader(configFile)) {
      properties.load(in);
    } catch (NoSuchFileException e) {
      return properties;
    } catch (IOException | IllegalArgumentException e) {
      throw new IllegalArgumentException(configFile + ": cannot be read: " + e, e);
    }
    for (String key : new TreeSet<>(properties.stringPropertyNames())) {
      if (!KEYS.contains(key)) {
        throw new IllegalArgumentException(
            configFile
                + ": there is no setting '"
                + key
                + "'; there are "
                + String.join(", ", KEYS));
      }
    }
    return properties;
  }

  /** A relative path in the file starts from the file's own folder, and ~ is the user's home. */
  private static @Nullable Path inFile(@Nullable String value, Path configFile) {
    if (value == null || value.isBlank()) {
      return null;
    }
    String text = value.strip();
    return text.startsWith("~/")
        ? Path.of(System.getProperty("user.home"), text.substring(2))
        : configFile.toAbsolutePath().resolveSibling(text);
  }

  private static @Nullable Path path(@Nullable String value) {
    return value == null || value.isBlank() ? null : Path.of(value.strip());
  }

  private static @Nullable Path first(@Nullable Path... paths) {
    for (Path path : paths) {
      if (path != null) {
        return path;
      }
    }
    return null;
  }

  /** The same for one server alone. */
  public ConnectionSettings withServer(ServerAddress server) {
    return new ConnectionSettings(List.of(server), token, caFile, tls, source);
  }

  /** Without the token, which is nobody's to read. */
  @Override
  public String toString() {
    return servers + (tls ? " with TLS" : "") + (token == null ? "" : " with a token");
  }
}
