package dev.caviar.coordinator.api;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import dev.caviar.coordinator.CoordinatorNode;
import dev.caviar.coordinator.CoordinatorSettings;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** JSON that is larger than any message. */
@NullUnmarked
class WholeRequestsTest {
  @TempDir Path folder;

  private CoordinatorNode node() {
    return CoordinatorNode.start(
        CoordinatorSettings.of(
            ConfigFactory.parseMap(
                    Map.of(
                        "caviar.coordinator.port",
                        0,
                        "caviar.coordinator.store.folder",
                        folder.toString()))
                .withFallback(ConfigFactory.load())));
  }

  @Test
  void isNotKeptUntilItsEnd() throws Exception {
    try (CoordinatorNode node = node();
        var socket = new Socket(InetAddress.getLoopbackAddress(), node.port())) {
      socket
          .getOutputStream()
          .write(
              """
              POST /v1/sweeps HTTP/1.1
              Host: localhost
              Content-Type: application/json
              Content-Length: 1000000000

              """
                  .replace("\n", "\r\n")
                  .getBytes(US_ASCII));
      byte[] spaces = new byte[8 << 20];
      Arrays.fill(spaces, (byte) ' ');
      socket.getOutputStream().write(spaces);
      // It is answered although most of it has not come yet.
      socket.setSoTimeout(10_000);
      var answer = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
      assertThat(answer.readLine()).startsWith("HTTP/1.1 413");
    }
  }

  @Test
  void isAnsweredSo() throws Exception {
    try (CoordinatorNode node = node();
        HttpClient http = HttpClient.newHttpClient()) {
      String large = "{\"sweep_file\": \"" + "x".repeat(5 << 20) + "\"}";
      var request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.port() + "/v1/sweeps"))
              .header("Content-Type", "application/json")
              .POST(BodyPublishers.ofString(large))
              .build();
      assertThat(http.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(413);

      var small =
          HttpRequest.newBuilder(request.uri())
              .header("Content-Type", "application/json")
              .POST(BodyPublishers.ofString("{\"sweep_file\": \"name: [\"}"))
              .build();
      assertThat(http.send(small, BodyHandlers.ofString()).body()).contains("problems");
    }
  }
}
