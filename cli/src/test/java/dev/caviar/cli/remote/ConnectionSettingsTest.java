package dev.caviar.cli.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caviar.cli.remote.ConnectionSettings.Given;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@NullUnmarked
class ConnectionSettingsTest {
  private static final Given NOTHING = new Given(List.of(), null, null);

  @TempDir Path folder;
  private Path config;

  @BeforeEach
  void noConfig() {
    config = folder.resolve("config.properties");
  }

  @ParameterizedTest
  @CsvSource({
    "tuner, tuner, 7070, false",
    "tuner.example.org:9000, tuner.example.org, 9000, false",
    "https://tuner:443, tuner, 443, true",
    "[::1]:80, ::1, 80, false",
    "[::1], ::1, 7070, false",
    "fe80::1, fe80::1, 7070, false",
    "' localhost:1 ', localhost, 1, false"
  })
  void readsAddresses(String text, String host, int port, boolean https) {
    assertThat(ServerAddress.parse(text)).isEqualTo(new ServerAddress(host, port, https));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ":7070", "tuner:", "tuner:0", "tuner:65536", "a b:1", "http://x:1"})
  void saysWhatAnAddressShouldBe(String text) {
    assertThatThrownBy(() -> ServerAddress.parse(text))
        .hasMessageContaining("'" + text + "'")
        .hasMessageContaining("HOST:PORT");
  }

  @Test
  void writesAddressesAsUrisDo() {
    assertThat(ServerAddress.parse("[::1]:80")).hasToString("[::1]:80");
    assertThat(ServerAddress.parse("https://a")).hasToString("a:7070");
  }

  @Test
  void triesThisMachineWhereNobodyNamesAServer() {
    ConnectionSettings settings = ConnectionSettings.resolve(NOTHING, Map.of(), config);

    assertThat(settings.servers()).containsExactly(ServerAddress.parse("localhost:7070"));
    assertThat(settings.source()).isEmpty();
    assertThat(settings.tls()).isFalse();
    assertThat(settings.token()).isNull();
  }

  @Test
  void theCommandLineCountsBeforeTheEnvironmentAndThatBeforeTheFile() throws Exception {
    Files.writeString(config, "server = file:1, file:2\n");
    Map<String, String> environment = Map.of("CAVIAR_SERVER", "env:1");

    assertThat(ConnectionSettings.resolve(NOTHING, Map.of(), config).servers())
        .extracting(ServerAddress::toString)
        .containsExactly("file:1", "file:2");
    assertThat(ConnectionSettings.resolve(NOTHING, environment, config).servers())
        .extracting(ServerAddress::toString)
        .containsExactly("env:1");
    Given given = new Given(List.of("a:1,b:2", "c:3"), null, null);
    assertThat(ConnectionSettings.resolve(given, environment, config).servers())
        .extracting(ServerAddress::toString)
        .containsExactly("a:1", "b:2", "c:3");
  }

  @Test
  void findsTheTokenLikewise() throws Exception {
    Path inFile = Files.writeString(folder.resolve("in-file"), "from-file\n");
    Path inEnvironment = Files.writeString(folder.resolve("in-env"), "from-env-file\n");
    Path given = Files.writeString(folder.resolve("given"), " given\n");
    Files.writeString(config, "token-file = in-file\n");

    assertThat(inFile).exists();
    assertThat(token(NOTHING, Map.of())).isEqualTo("from-file");
    Map<String, String> file = Map.of("CAVIAR_TOKEN_FILE", inEnvironment.toString());
    assertThat(token(NOTHING, file)).isEqualTo("from-env-file");
    Map<String, String> both =
        Map.of("CAVIAR_TOKEN_FILE", inEnvironment.toString(), "CAVIAR_TOKEN", "direct");
    assertThat(token(NOTHING, both)).isEqualTo("direct");
    assertThat(token(new Given(List.of(), given, null), both)).isEqualTo("given");
  }

  private String token(Given given, Map<String, String> environment) {
    return ConnectionSettings.resolve(given, environment, config).token();
  }

  @Test
  void usesTlsWithACaOrWhereAskedTo() throws Exception {
    Path ca = Files.writeString(folder.resolve("ca.pem"), "");
    Files.writeString(config, "ca-file = ca.pem\n");
    ConnectionSettings settings = ConnectionSettings.resolve(NOTHING, Map.of(), config);
    assertThat(settings.tls()).isTrue();
    assertThat(settings.caFile()).isEqualTo(ca);

    Given https = new Given(List.of("https://a:1"), null, null);
    assertThat(ConnectionSettings.resolve(https, Map.of(), folder.resolve("none")).tls()).isTrue();
  }

  @Test
  void saysWhatIsWrongAndWhere() throws Exception {
    assertThatThrownBy(
            () -> ConnectionSettings.resolve(NOTHING, Map.of("CAVIAR_SERVER", "a:b"), config))
        .hasMessageStartingWith("CAVIAR_SERVER: 'a:b' is no server address");
    Path none = folder.resolve("none");
    assertThatThrownBy(
            () -> ConnectionSettings.resolve(new Given(List.of(), none, null), Map.of(), config))
        .hasMessageContaining(none.toString());
    assertThatThrownBy(
            () -> ConnectionSettings.resolve(new Given(List.of(), null, none), Map.of(), config))
        .hasMessageContaining(none.toString());
    Files.writeString(config, "servers = a:1\n");
    assertThatThrownBy(() -> ConnectionSettings.resolve(NOTHING, Map.of(), config))
        .hasMessageContaining("there is no setting 'servers'")
        .hasMessageContaining("server, token-file, ca-file");
  }

  @Test
  void keepsTheTokenToItself() {
    ConnectionSettings settings =
        ConnectionSettings.resolve(NOTHING, Map.of("CAVIAR_TOKEN", "s3cret"), config);
    assertThat(settings.token()).isEqualTo("s3cret");
    assertThat(settings.toString()).doesNotContain("s3cret");
  }

  @Test
  void looksForTheFileWhereOthersDo() {
    assertThat(ConnectionSettings.configFile(Map.of("XDG_CONFIG_HOME", "/x")))
        .isEqualTo(Path.of("/x/caviar/config.properties"));
    assertThat(ConnectionSettings.configFile(Map.of()))
        .isEqualTo(
            Path.of(System.getProperty("user.home"), ".config", "caviar", "config.properties"));
  }
}
