package dev.caviar.coordinator.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import dev.caviar.coordinator.CoordinatorNode;
import dev.caviar.coordinator.CoordinatorSettings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What browsers get of a real coordinator: pages, the stream, and the rest of what they draw. */
@NullUnmarked
class DashboardTest {
  private static final String VIEWER = "a-viewer-of-the-dashboard";
  private static final String OPERATOR = "an-operator-of-the-dashboard";
  private static final String FILE =
      """
      name: shown
      data: {builtin: digits, dev: 0.2}
      parameters:
        learning_rate: {scale: log, min: 1.0e-3, max: 0.1}
        hidden_units: {min: 10, max: 30}
        optimizer: {values: [adam, momentum]}
        momentum: {scale: one_minus_log, min: 0.9, max: 0.99, when: {optimizer: [momentum]}}
      fixed: {epochs: 2}
      search: {sampler: random, trials: 3, seed: 3}
      """;

  @TempDir static Path folder;

  private static CoordinatorNode node;
  private static HttpClient http;
  private static String sweep;

  @BeforeAll
  static void start() throws Exception {
    Path tokens =
        Files.writeString(
            folder.resolve("tokens"), "viewer " + VIEWER + "\noperator " + OPERATOR + "\n");
    node =
        CoordinatorNode.start(
            CoordinatorSettings.of(
                ConfigFactory.parseMap(
                        Map.of(
                            "caviar.coordinator.port", 0,
                            "caviar.coordinator.tokens-file", tokens.toString(),
                            "caviar.coordinator.store.folder", folder.resolve("store").toString()))
                    .withFallback(ConfigFactory.load())));
    http = HttpClient.newHttpClient();
    String body =
        "{\"owner\": \"ada\", \"sweep_file\": \"%s\"}".formatted(FILE.replace("\n", "\\n"));
    HttpResponse<String> submitted =
        http.send(
            request("/v1/sweeps", OPERATOR)
                .header("content-type", "application/json; charset=utf-8")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            BodyHandlers.ofString());
    sweep = submitted.body().replaceAll("(?s).*\"sweep_id\"\\s*:\\s*\"([^\"]*)\".*", "$1");
  }

  @AfterAll
  static void stop() {
    http.close();
    node.close();
  }

  private static HttpRequest.Builder request(String path, String token) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.port() + path));
    return token.isEmpty() ? request : request.header("authorization", "Bearer " + token);
  }

  private static HttpResponse<String> get(String path, String token) throws Exception {
    return http.send(request(path, token).build(), BodyHandlers.ofString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/dashboard/dashboard.js",
        "/dashboard/dashboard.css",
        "/dashboard/pages/sweeps.js",
        "/dashboard/lib/d3.js",
        "/dashboard/lib/lit-html.js"
      })
  void pagesNeedNoTokenAndRunNothingOfOthers(String path) throws Exception {
    HttpResponse<String> page = get(path, "");

    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.body()).isNotEmpty();
    assertThat(page.headers().firstValue("content-security-policy"))
        .hasValueSatisfying(
            policy ->
                assertThat(policy)
                    .contains("default-src 'self'", "frame-ancestors 'none'")
                    .doesNotContain("unsafe", "http", "*"));
    assertThat(page.headers().firstValue("x-content-type-options")).hasValue("nosniff");
    assertThat(page.headers().firstValue("referrer-policy")).hasValue("no-referrer");
  }

  /** A policy that allows none would only show as a page that does nothing. */
  @Test
  void noPageHasScriptsOrStylesWithinIt() throws IOException {
    Path pages = Path.of("src/main/resources/dev/caviar/dashboard");
    try (var files = Files.walk(pages)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String text = Files.readString(file);
        assertThat(text)
            .as(file.toString())
            .doesNotContainPattern("(?i)<script(?![^>]*src=)")
            .doesNotContainPattern("(?i)<style")
            .doesNotContainPattern("\\sstyle=\"")
            .doesNotContainPattern("(?i)\\son(click|load|error|input)=\"");
        if (!file.toString().endsWith(".svg")) {
          assertThat(text).as(file.toString()).doesNotContainPattern("https?://");
        }
      }
    }
  }

  @Test
  void tellsEverybodyWhatTheyMayDo() throws Exception {
    assertThat(get("/v1/access", OPERATOR).body())
        .isEqualToIgnoringWhitespace("{\"role\":\"operator\",\"tokens\":true}");
    assertThat(get("/v1/access", VIEWER).body()).contains("\"viewer\"");
    for (String unknown : List.of("", "something-that-is-no-token")) {
      HttpResponse<String> nobody = get("/v1/access", unknown);
      assertThat(nobody.statusCode()).isEqualTo(200);
      assertThat(nobody.body()).contains("\"role\":\"\"");
    }
  }

  @Test
  void whatIsShownNeedsAToken() throws Exception {
    for (String path :
        List.of(
            "/v1/sweeps/" + sweep + "/stream",
            "/v1/sweeps/" + sweep + "/space",
            "/v1/sweeps/" + sweep + "/attempts",
            "/v1/coordinator")) {
      assertThat(get(path, "").statusCode()).as(path).isEqualTo(401);
    }
  }

  @Test
  void aStreamTellsAllThereIsAndGoesOnFromACursor() throws Exception {
    HttpResponse<InputStream> stream =
        http.send(
            request("/v1/sweeps/" + sweep + "/stream?points=20", VIEWER).build(),
            BodyHandlers.ofInputStream());
    assertThat(stream.headers().firstValue("content-type").orElseThrow())
        .startsWith("text/event-stream");
    String id;
    try (var lines =
        new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8))) {
      id = lines.readLine();
      assertThat(id).matches("id: \\d+");
      assertThat(lines.readLine())
          .startsWith(
              "data: {\"over\":false,\"caught_up\":true,\"status\":{\"sweep_id\":\"" + sweep)
          .contains("\"metric\":\"dev_error\"", "\"sampled\":[\"learning_rate\"");
    }
    assertThat(get("/v1/sweeps/" + sweep + "/stream?after=-1", VIEWER).statusCode()).isEqualTo(400);
    HttpResponse<String> few = get("/v1/sweeps/" + sweep + "/stream?points=2", VIEWER);
    assertThat(few.statusCode()).isEqualTo(400);
    assertThat(few.body()).contains("points must be a whole number from 8 to 5000, is 2");
    HttpResponse<String> none = get("/v1/sweeps/none/stream", VIEWER);
    assertThat(none.statusCode()).isEqualTo(404);
    assertThat(none.body()).contains("there is no sweep none");
  }

  @Test
  void aSpaceHasEachDimensionOnItsScale() throws Exception {
    assertThat(get("/v1/sweeps/" + sweep + "/space", VIEWER).body().replaceAll("\\s", ""))
        .contains(
            "{\"name\":\"learning_rate\",\"parameter\":\"learning_rate\",\"layer\":-1,\"scale\":\"log\"",
            "\"scale\":\"one_minus_log\",\"min\":0.9,\"max\":0.99,\"conditional\":true",
            "\"min\":10.0,\"max\":30.0,\"whole\":true",
            "\"choices\":[{\"text\":\"adam\"},{\"text\":\"momentum\"}]");
  }

  @Test
  void whatCannotBeSaidYetIsNoError() throws Exception {
    for (String path :
        List.of("importance", "importance?method=ped_anova", "marginal?dimension=learning_rate")) {
      HttpResponse<String> early = get("/v1/sweeps/" + sweep + "/" + path, VIEWER);
      assertThat(early.statusCode()).as(path).isEqualTo(200);
      assertThat(early.body()).as(path).contains("not_yet", "completed trials are too few");
    }
    assertThat(get("/v1/sweeps/" + sweep + "/zoom", VIEWER).statusCode()).isEqualTo(200);
  }

  @Test
  void whatIsWrongIsSaid() throws Exception {
    HttpResponse<String> dimension =
        get("/v1/sweeps/" + sweep + "/marginal?dimension=beta", VIEWER);
    assertThat(dimension.statusCode()).isEqualTo(400);
    assertThat(dimension.body())
        .contains("this sweep does not sample beta; it samples learning_rate, hidden_units");
    assertThat(
            get("/v1/sweeps/" + sweep + "/marginal?dimension=momentum&second=momentum", VIEWER)
                .body())
        .contains("dimension and second are both momentum");
    assertThat(get("/v1/sweeps/" + sweep + "/importance?method=guess", VIEWER).body())
        .contains("method must be fanova or ped_anova, is guess");
    assertThat(get("/v1/sweeps/" + sweep + "/importance?method=ped_anova&best=2", VIEWER).body())
        .contains("best must be above 0 and below 1");
    HttpResponse<String> trial = get("/v1/sweeps/" + sweep + "/trials/9", VIEWER);
    assertThat(trial.statusCode()).isEqualTo(404);
    assertThat(trial.body()).contains("has no trial 9");
  }

  @Test
  void theCoordinatorTellsHowItIs() throws Exception {
    assertThat(get("/v1/coordinator", VIEWER).body())
        .contains("java_version", "heap_used_bytes", "processors", "journal");
    assertThat(get("/v1/sweeps", VIEWER).body()).contains("\"owner\"", "\"ada\"");
  }
}
