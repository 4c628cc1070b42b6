package dev.caviar.cli.dashboard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caviar.cli.cluster.CaviarProcess;
import dev.caviar.cli.cluster.Nodes;
import dev.caviar.coordinator.CoordinatorNode;
import dev.caviar.coordinator.api.Certificates;
import dev.caviar.worker.WorkerNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;

/**
 * The dashboard in a real browser, at a real coordinator whose workers train real networks. One
 * coordinator and one browser serve all tests, which go through the pages as a reader would.
 */
@NullUnmarked
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DashboardTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String DIGITS =
      """
      name: digits
      data: {builtin: digits, dev: 0.2, test: 0.1, normalize: true}
      parameters:
        learning_rate: {scale: log, min: 1.0e-4, max: 1.0}
        momentum:      {scale: one_minus_log, min: 0.9, max: 0.999}
        hidden_units:  {min: 10, max: 40}
        batch_size:    {values: [64, 128, 256]}
        activation:    {values: [relu, tanh]}
      fixed: {optimizer: momentum, epochs: 8}
      search: {sampler: coarse_to_fine, trials: 30, seed: 42}
      layer_statistics: true
      """;

  /** Long enough to be looked at while it runs, and to lose a worker. */
  private static final String LONG =
      """
      name: long
      data: {builtin: digits, dev: 0.2, normalize: true}
      parameters:
        learning_rate: {scale: log, min: 1.0e-4, max: 0.1}
        batch_size: {values: [32, 64]}
      fixed: {epochs: 2000, hidden_layers: 2, hidden_units: 60}
      search: {sampler: random, trials: 12, seed: 7}
      """;

  @TempDir static Path folder;

  private static CoordinatorNode coordinator;
  private static WorkerNode first;
  private static WorkerNode second;
  private static CaviarProcess third;
  private static Browser browser;
  private static String operator;
  private static String viewer;
  private static String digits;

  @BeforeAll
  static void start() throws Exception {
    Certificates.create(folder.resolve("certificates"), List.of());
    operator = token(Certificates.OPERATOR_TOKEN);
    viewer = token(Certificates.VIEWER_TOKEN);
    coordinator =
        Nodes.coordinator(
            Map.of(
                "store.folder", folder.resolve("store").toString(),
                "worker-timeout", "5s",
                "tokens-file",
                    folder.resolve("certificates").resolve(Certificates.TOKENS).toString()),
            Map.of());
    browser = Browser.at(coordinator.port(), folder.resolve("profile"));
    String address = "127.0.0.1:" + coordinator.port();
    first = Nodes.worker(address, "ada", Map.of());
    second = Nodes.worker(address, "grace", Map.of());
    digits = submit(DIGITS);
  }

  @AfterAll
  static void stop() {
    if (browser != null) {
      browser.close();
    }
    if (third != null) {
      third.close();
    }
    if (first != null) {
      first.close();
      second.close();
    }
    if (coordinator != null) {
      coordinator.close();
    }
  }

  @AfterEach
  void nothingWentWrong() throws IOException {
    browser.requireQuiet();
  }

  private static String token(String file) throws IOException {
    return Files.readString(folder.resolve("certificates").resolve(file)).strip();
  }

  private static JsonNode ask(String method, String path, String body) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + coordinator.port() + path))
              .header("authorization", "Bearer " + operator)
              .header("content-type", "application/json; charset=utf-8")
              .method(method, HttpRequest.BodyPublishers.ofString(body, UTF_8))
              .build();
      return JSON.readTree(http.send(request, BodyHandlers.ofString()).body());
    }
  }

  private static String submit(String file) throws Exception {
    String body = JSON.createObjectNode().put("sweep_file", file).put("owner", "ada").toString();
    return ask("POST", "/v1/sweeps", body).path("sweep_id").asText();
  }

  private static void open(String sweep, String view) {
    browser.open("#/sweeps/" + sweep + (view.isEmpty() ? "" : "?view=" + view));
  }

  // ---- 6, the token: it comes first, as a reader meets it first

  @Test
  @Order(1)
  void aTokenIsAskedForOnceAndKeptOutOfAddresses() {
    browser.open("#/sweeps");
    browser.write("dialog input[name=token]", "not-a-token-that-is-known");
    browser.press(Keys.ENTER);
    browser.until("document.querySelector('dialog').innerText.includes('not known')");
    browser.write("dialog input[name=token]", operator);
    browser.press(Keys.ENTER);
    browser.see("#sweeps");

    assertThat(browser.see("#role").getText()).isEqualTo("operator");
    browser.open("#/cluster");
    browser.see("#coordinator");
    assertThat(browser.count("dialog")).isZero();
    assertThat(browser.address()).doesNotContain(operator);
    assertThat(browser.run("return localStorage.getItem('caviar-token')")).isNull();
  }

  // ---- 1, sweeps

  @Test
  @Order(2)
  void aSweepIsSubmittedInThePageWithTheServersErrorsBesideItsLines() throws Exception {
    String wrong = DIGITS.replace("min: 10, max: 40", "min: 40, max: 10").replace("relu", "rellu");
    JsonNode problems =
        ask("POST", "/v1/sweeps", JSON.createObjectNode().put("sweep_file", wrong).toString())
            .path("problems");
    assertThat(problems).hasSizeGreaterThan(1);

    browser.open("#/submit");
    browser.write("#owner", "grace");
    browser.run(
        "const a = document.querySelector('#file'); a.value = "
            + JSON.writeValueAsString(wrong)
            + "; a.dispatchEvent(new Event('input'))");
    browser.click("#submit");
    browser.see("#problems .problem");

    assertThat(browser.count("#problems .problem")).isEqualTo(problems.size());
    for (JsonNode problem : problems) {
      assertThat(browser.see("#problems").getText())
          .contains(
              "line %d, column %d"
                  .formatted(problem.path("line").asInt(), problem.path("column").asInt()),
              problem.path("message").asText());
    }
    List<String> marked =
        StreamSupport.stream(problems.spliterator(), false)
            .map(problem -> problem.path("line").asText())
            .distinct()
            .toList();
    @SuppressWarnings("unchecked")
    List<String> shown =
        (List<String>)
            browser.run(
                "return [...document.querySelectorAll('.gutter .wrong')].map(e => e.innerText)");
    assertThat(shown).containsExactlyInAnyOrderElementsOf(marked);
    browser.picture("dashboard-submit");

    browser.run(
        "const a = document.querySelector('#file'); a.value = "
            + JSON.writeValueAsString(
                DIGITS
                    .replace("trials: 30, seed: 42", "trials: 6, seed: 1")
                    .replace("coarse_to_fine", "random"))
            + "; a.dispatchEvent(new Event('input'))");
    browser.click("#submit");
    browser.until("/^#.sweeps.digits-/.test(location.hash)");
    browser.see("#curves canvas");
  }

  @Test
  @Order(3)
  void sweepsAreListedWithStateProgressBestAgeAndOwner() throws Exception {
    browser.open("#/sweeps");
    browser.see("#sweeps");
    browser.until(
        "[...document.querySelectorAll('#sweeps tbody tr')].every(r =>"
            + " r.innerText.includes('completed'))");
    String rows = browser.see("#sweeps").getText();
    JsonNode sweeps = ask("GET", "/v1/sweeps", "").path("sweeps");
    assertThat(browser.count("#sweeps tbody tr")).isEqualTo(sweeps.size());
    for (JsonNode sweep : sweeps) {
      assertThat(rows)
          .contains(
              sweep.path("status").path("sweep_id").asText(),
              "%.4f".formatted(sweep.path("best_objective").asDouble()),
              sweep.path("owner").asText());
    }
    assertThat(rows).contains("30/30", "6/6", "ago", "grace", "ada");
    browser.write("input[type=search]", "no such sweep");
    browser.until("document.body.innerText.includes('No sweep is like that')");
    browser.write("input[type=search]", "digits");
    browser.see("#sweeps");
    assertThat(browser.address()).endsWith("?q=digits");
  }

  @Test
  @Order(4)
  void sweepsAreCompared() {
    browser.open("#/sweeps");
    browser.see("#sweeps");
    browser.run(
        "document.querySelectorAll('#sweeps input[type=checkbox]').forEach(b => b.click())");
    browser.until(
        "[...document.querySelectorAll('button')].some(b => b.innerText.trim() === 'Compare 2')");
    browser.button("Compare 2");
    browser.see("#compare-table");

    assertThat(browser.address()).contains("#/compare?ids=");
    assertThat(browser.see("#compare-table").getText())
        .contains("best trial", "learning_rate", "test error", "30/30", "6/6");
    browser.until("document.querySelector('#compare-plot canvas')");
    assertThat(browser.colours("#compare-plot canvas")).isGreaterThan(5);
  }

  // ---- 2, one sweep

  @Test
  @Order(10)
  void curvesAreHoveredPinnedFilteredSmoothedAndOnLogAxes() throws Exception {
    open(digits, "");
    browser.until("document.querySelector('#view').innerText.includes('completed 30')");
    browser.see("#curves canvas");
    long plain = browser.colours("#curves canvas:nth-of-type(1)");
    assertThat(plain).isGreaterThan(40);

    browser.run("document.querySelector('#curves').focus()");
    browser.press(Keys.ARROW_DOWN);
    browser.until("/trial \\d+, completed/.test(document.querySelector('#curves .tip').innerText)");
    assertThat(browser.see("#curves .tip").getText()).contains("learning rate", "train loss");
    browser.press("p");
    browser.until("location.hash.includes('pin=')");
    assertThat(browser.colours("#curves canvas:nth-of-type(3)")).isPositive();

    Object linear = pixels();
    browser.click("#logy");
    browser.until("location.hash.includes('logy=0')");
    assertThat(pixels()).isNotEqualTo(linear);
    browser.click("#logx");
    browser.until("location.hash.includes('logx=1')");
    Object rough = pixels();
    browser.run(
        "const s = document.querySelector('#smooth'); s.value = 0.8; s.dispatchEvent(new"
            + " Event('input'))");
    browser.until("location.hash.includes('smooth=0.8')");
    assertThat(pixels()).isNotEqualTo(rough);
    browser.run(
        "const s = document.querySelector('#smooth'); s.value = 0; s.dispatchEvent(new"
            + " Event('input'))");
    drawnAreThePointsOf(browser.address().replaceFirst(".*pin=(\\d+).*", "$1"));
    browser.run(
        "const s = document.querySelector('#smooth'); s.value = 0.8; s.dispatchEvent(new"
            + " Event('input'))");
    browser.run(
        "document.querySelector('#metric').value = 'dev_loss';"
            + " document.querySelector('#metric').dispatchEvent(new Event('change'))");
    browser.until("location.hash.includes('metric=dev_loss')");
    browser.run(
        "[...document.querySelectorAll('.chip')].find(c =>"
            + " c.innerText.includes('completed')).click()");
    browser.until("location.hash.includes('hide=completed')");
    assertThat(browser.colours("#curves canvas:nth-of-type(1)")).isLessThan(plain);

    // The address alone brings all of it back.
    String address = browser.address();
    browser.open(address.substring(address.indexOf('#')));
    browser.see("#curves canvas");
    assertThat(browser.run("return document.querySelector('#metric').value")).isEqualTo("dev_loss");
    assertThat(browser.run("return document.querySelector('#logx').checked")).isEqualTo(true);
    assertThat(browser.run("return document.querySelector('#smooth').value")).isEqualTo("0.8");
    open(digits, "");
    browser.until("document.querySelector('#view').innerText.includes('completed 30')");
    browser.point("#curves", 700, 330);
    browser.picture("dashboard-curves");
  }

  /** The pinned trial's dev error and, while the switch is on, its train loss in dashes. */
  private static void drawnAreThePointsOf(String trial) throws Exception {
    JsonNode points = ask("GET", "/v1/sweeps/" + digits + "/trials/" + trial, "").path("points");
    String dev = series(trial, "dev_error", points);
    String train = series(trial, "train_loss", points) + " dashed";
    browser.press(Keys.ESCAPE); // What is pointed at is drawn too.
    assertThat(drawn()).containsExactly(dev);
    browser.click("#train");
    browser.until("location.hash.includes('train=1')");
    assertThat(drawn()).containsExactly(dev, train);
    browser.click("#train");
    browser.until("!location.hash.includes('train=1')");
    assertThat(drawn()).containsExactly(dev);
    browser.click("#train");
    browser.until("location.hash.includes('train=1')");
    // Against itself there is nothing to be drawn.
    browser.run(
        "document.querySelector('#metric').value = 'train_loss';"
            + " document.querySelector('#metric').dispatchEvent(new Event('change'))");
    browser.until("location.hash.includes('metric=train_loss')");
    assertThat(drawn()).containsExactly(series(trial, "train_loss", points));
  }

  private static List<String> drawn() {
    return List.of(
        ((String) browser.run("return document.querySelector('#curves').dataset.series"))
            .split("; "));
  }

  /** As the page has it: how many points, and the least and the greatest of them. */
  private static String series(String trial, String metric, JsonNode points) {
    DoubleSummaryStatistics values =
        StreamSupport.stream(points.spliterator(), false)
            .mapToDouble(point -> point.path(metric).asDouble())
            .summaryStatistics();
    // Curves come with seven digits.
    return "%s %s %d %s %s"
        .formatted(
            trial,
            metric,
            points.size(),
            Float.toString((float) values.getMin()),
            Float.toString((float) values.getMax()));
  }

  private static Object pixels() {
    return browser.run("return document.querySelector('#curves canvas').toDataURL()");
  }

  @Test
  @Order(11)
  void theBestSoFarIsDrawn() {
    open(digits, "best");
    browser.see("#history canvas");
    browser.until("document.querySelector('#connection')?.innerText !== 'connecting …'");
    browser.run("document.querySelector('#history').scrollIntoView()");
    assertThat(browser.colours("#history canvas")).isGreaterThan(5);
  }

  @Test
  @Order(12)
  void parallelCoordinatesAreBrushedOnTheirScales() {
    open(digits, "parallel");
    browser.until("document.querySelector('#brushed')?.innerText.startsWith('30 of 30')");
    assertThat(browser.run("return document.querySelector('[data-axis=momentum]').dataset.scale"))
        .isEqualTo("one_minus_log");
    assertThat(
            browser.run("return document.querySelector('[data-axis=learning_rate]').dataset.scale"))
        .isEqualTo("log");
    // 0.99 lies half-way between 0.9 and 0.999, as 1 − β has it.
    assertThat(
            (Double)
                browser.run(
                    """
                    const y = (label) => Number([...document.querySelectorAll('[data-axis=momentum] text')]
                        .find((t) => t.textContent === label).getAttribute('y'));
                    return (y('0.99') - y('0.9')) / (y('0.999') - y('0.9'));
                    """))
        .isBetween(0.49, 0.51);

    int x =
        ((Long)
                browser.run(
                    "const r = document.querySelector('[data-axis=learning_rate]"
                        + " .overlay').getBoundingClientRect(); return Math.round(r.x + r.width / 2"
                        + " - document.querySelector('#parallel').getBoundingClientRect().x)"))
            .intValue();
    browser.drag("#parallel", x, 60, 220);
    browser.until(
        "/^\\d+ of 30/.test(document.querySelector('#brushed').innerText) &&"
            + " !document.querySelector('#brushed').innerText.startsWith('30 of')");
    assertThat(browser.address()).contains("brush=learning_rate~");
    String some = browser.see("#brushed").getText();
    browser.picture("dashboard-parallel");
    String address = browser.address();
    browser.open(address.substring(address.indexOf('#')));
    browser.until("document.querySelector('#brushed')?.innerText.includes('of 30 trials in')");
    assertThat(browser.see("#brushed").getText()).isEqualTo(some);
  }

  @Test
  @Order(13)
  void importanceIsTheCommandLines() throws Exception {
    open(digits, "importance");
    browser.see("#importance");
    JsonNode answer = ask("GET", "/v1/sweeps/" + digits + "/importance", "");
    assertThat(answer.path("trials").asInt()).isEqualTo(30);
    JsonNode most = answer.path("parameters").get(0);
    assertThat(browser.see("#importance").getText())
        .contains(
            most.path("dimensions").get(0).asText().replace('_', ' '),
            "%.1f%%".formatted(100 * most.path("share").asDouble()));
  }

  @Test
  @Order(14)
  void slicesAndContoursAreDrawn() {
    open(digits, "slices");
    browser.see("#slices [data-dimension=learning_rate] canvas");
    assertThat(browser.count("#slices [data-dimension]")).isEqualTo(5);
    browser.until(
        "performance.getEntriesByType('resource').filter(e => e.name.includes('/marginal')).length"
            + " >= 5");
    assertThat(browser.colours("#slices [data-dimension=learning_rate] canvas")).isGreaterThan(20);

    browser.open("#/sweeps/" + digits + "?view=contour&x=learning_rate&y=momentum");
    browser.until("document.querySelector('#view .legend span')");
    assertThat(browser.see("#view .legend").getText()).contains("0.");
    assertThat(browser.colours("#contour canvas")).isGreaterThan(30);
    browser.picture("dashboard-contour");
  }

  @Test
  @Order(15)
  void stagesAreDrawnOverTheSamples() {
    open(digits, "stages");
    browser.until("document.querySelectorAll('#view .chip').length === 3");
    browser.until("document.querySelector('#view table')?.innerText.includes('learning rate')");
    assertThat(browser.see("#view").getText()).contains("Stage 3 of 3", "Around the best");
    Object last = browser.run("return document.querySelector('#stages canvas').toDataURL()");
    browser.picture("dashboard-stages");
    browser.run("document.querySelector('#view .chip').click()");
    browser.until("document.querySelector('#view').innerText.includes('Stage 1 of 3')");
    assertThat(browser.run("return document.querySelector('#stages canvas').toDataURL()"))
        .isNotEqualTo(last);
    assertThat(browser.address()).contains("stage=1");
  }

  @Test
  @Order(16)
  void trialsAreSortedFilteredAndTakenAlong() {
    open(digits, "trials");
    browser.until("document.querySelector('#count')?.innerText.startsWith('30 of 30')");
    browser.run(
        "[...document.querySelectorAll('#trials th button')].find(b =>"
            + " b.innerText.startsWith('learning rate')).click()");
    browser.until("location.hash.includes('sort=learning_rate')");
    @SuppressWarnings("unchecked")
    List<String> rates =
        (List<String>)
            browser.run(
                "return [...document.querySelectorAll('#trials tbody tr')].map(r =>"
                    + " r.cells[3].innerText)");
    assertThat(rates.stream().map(Double::valueOf).toList()).isSorted();

    browser.write("input[type=search]", "relu learning_rate<0.01");
    browser.until("!document.querySelector('#count').innerText.startsWith('30 of')");
    int shown = browser.count("#trials tbody tr");
    assertThat(browser.see("#count").getText()).startsWith(shown + " of 30");
    // What would be saved, by way of the link that saves it.
    browser.run(
        "window.saved = ''; const make = URL.createObjectURL; URL.createObjectURL = (b) => {"
            + " b.text().then(t => window.saved = t); return make.call(URL, b); };"
            + " HTMLAnchorElement.prototype.click = function () {};");
    browser.click("#csv");
    browser.until("window.saved");
    List<String> lines = ((String) browser.run("return window.saved")).lines().toList();
    assertThat(lines).hasSize(shown + 1);
    assertThat(lines.getFirst()).startsWith("trial,state,dev_error,learning_rate,momentum");
    assertThat(lines.subList(1, lines.size())).allMatch(line -> line.contains(",relu,"));
  }

  @Test
  @Order(17)
  void aSweepIsSeenLiveAndItsTimelineTellsOfALostWorker() throws Exception {
    third =
        new CaviarProcess(
            "alan",
            "dev.caviar.worker.WorkerMain",
            Map.of(
                "CAVIAR_COORDINATORS", "127.0.0.1:" + coordinator.port(),
                "CAVIAR_WORKER_ID", "alan",
                "CAVIAR_SLOTS", "1"),
            folder);
    third.start();
    String live = submit(LONG);
    open(live, "");
    browser.until("document.querySelector('#connection').innerText.includes('live')");
    browser.until("document.querySelector('#view').innerText.includes('running')");
    Object before =
        browser.run("return document.querySelectorAll('#curves canvas')[1].toDataURL()");
    browser.until(
        "document.querySelectorAll('#curves canvas')[1].toDataURL() !== "
            + JSON.writeValueAsString(before));
    Nodes.until(
        Duration.ofSeconds(60),
        () ->
            StreamSupport.stream(attempts(live).spliterator(), false)
                .filter(attempt -> attempt.path("worker_id").asText().equals("alan"))
                .mapToInt(attempt -> attempt.path("trial").asInt())
                .anyMatch(trial -> !log(live, trial).isEmpty()));
    third.kill();
    Nodes.until(
        Duration.ofSeconds(30),
        () ->
            StreamSupport.stream(attempts(live).spliterator(), false)
                .anyMatch(a -> a.path("lost").asBoolean()));

    int lost =
        StreamSupport.stream(attempts(live).spliterator(), false)
            .filter(attempt -> attempt.path("lost").asBoolean())
            .findFirst()
            .orElseThrow()
            .path("trial")
            .asInt();
    browser.open("#/sweeps/" + live + "/trials/" + lost);
    browser.until("document.querySelector('#log')?.innerText.includes('is lost')");
    assertThat(browser.see("#log").getText())
        .containsPattern("attempt 1, alan\\s+Attempt 1 is here")
        .containsPattern("coordinator\\s+warning\\s+Worker alan is cut off; it may come back")
        .contains("Worker alan is lost: not heard for 5 s");

    open(live, "timeline");
    browser.see("#timeline canvas");
    browser.until("document.querySelector('#retries')?.innerText.includes('worker lost')");
    assertThat(browser.see("#retries").getText()).contains("alan", "was lost");
    assertThat(browser.colours("#timeline canvas")).isGreaterThan(5);
    browser.picture("dashboard-timeline");

    browser.run("window.confirm = () => true");
    browser.button("Cancel");
    browser.until("/stopped|stopping/.test(document.querySelector('.title .state').innerText)");
    Nodes.until(
        Duration.ofSeconds(30),
        () ->
            ask("GET", "/v1/sweeps/" + live, "")
                .path("summary")
                .path("status")
                .path("state")
                .asText()
                .equals("SWEEP_STOPPED"));
  }

  private static JsonNode log(String sweep, int trial) {
    try {
      return ask("GET", "/v1/sweeps/" + sweep + "/trials/" + trial + "/log", "").path("lines");
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static JsonNode attempts(String sweep) throws Exception {
    return ask("GET", "/v1/sweeps/" + sweep + "/attempts", "").path("attempts");
  }

  @Test
  @Order(18)
  void severalObjectivesStandInTheTableAndTheirFrontStandsOut() throws Exception {
    String file =
        DIGITS
                .replace("trials: 30, seed: 42", "trials: 5, seed: 2")
                .replace("coarse_to_fine", "random")
            + """
            objectives:
              - {metric: dev_error}
              - {metric: parameters}
            """;
    String two = submit(file);
    open(two, "trials");
    browser.until("document.querySelector('.title .state')?.innerText === 'completed'");
    browser.until("document.querySelectorAll('#trials tr.best').length > 0");
    JsonNode status = ask("GET", "/v1/sweeps/" + two, "").path("summary").path("status");
    assertThat(browser.see("#trials thead").getText()).contains("parameters");
    assertThat(browser.count("#trials tr.best")).isEqualTo(status.path("front").size());
  }

  @Test
  @Order(19)
  void theParetoFrontIsDrawnOverTwoObjectives() throws Exception {
    String file =
        """
        name: several
        data: {builtin: digits, dev: 0.2}
        parameters:
          learning_rate: {scale: log, min: 1.0e-4, max: 0.3}
          hidden_units:  {min: 8, max: 60}
        fixed: {epochs: 3, batch_size: 64}
        objectives:
          - {metric: dev_error}
          - {metric: parameters}
          - {metric: train_loss}
        constraints:
          - {metric: dev_loss, max: 0.5}
        search: {sampler: random, trials: 12, seed: 3}
        """;
    String several = submit(file);
    open(several, "");
    browser.until("document.querySelector('.title .state')?.innerText === 'completed'");
    browser.click("#tab-front");
    browser.until("document.querySelector('#front')?.dataset.spots?.split(' ').length === 12");
    JsonNode sweep = ask("GET", "/v1/sweeps/" + several, "");
    Map<Integer, String> kinds =
        spots().stream().collect(Collectors.toMap(Spot::trial, Spot::kind));
    Set<Integer> front = new HashSet<>();
    sweep.path("summary").path("status").path("front").forEach(n -> front.add(n.asInt()));
    assertThat(front).hasSizeBetween(2, 11);
    for (JsonNode trial : sweep.path("trials")) {
      int number = trial.path("trial").asInt();
      boolean infeasible = trial.path("state").asText().equals("INFEASIBLE");
      assertThat(kinds.get(number))
          .as("trial " + number)
          .isEqualTo(infeasible ? "infeasible" : front.contains(number) ? "front" : "completed");
    }
    assertThat(kinds.values()).contains("infeasible");
    // Fewer parameters are further to the left, a smaller error is further down.
    assertThat(order(Comparator.comparingDouble(Spot::x))).isEqualTo(order(sweep, "0"));
    assertThat(order(Comparator.comparingDouble(spot -> -spot.y()))).isEqualTo(order(sweep, ""));

    Spot one =
        spots().stream().filter(spot -> spot.kind().equals("front")).findFirst().orElseThrow();
    browser.point("#front", (int) Math.round(one.x()), (int) Math.round(one.y()));
    browser.until(
        "/trial \\d+, of the front/.test(document.querySelector('#front .tip').innerText)");
    assertThat(browser.see("#front .tip").getText())
        .contains("dev error", "parameters", "train loss");
    browser.picture("dashboard-front");

    browser.run(
        "const s = document.querySelector('#front-x'); s.value = 'train_loss';"
            + " s.dispatchEvent(new Event('change'))");
    browser.click("#front-logx");
    browser.until("location.hash.includes('x=train_loss') && location.hash.includes('logx=1')");
    assertThat(order(Comparator.comparingDouble(Spot::x))).isEqualTo(order(sweep, "1"));
    List<Spot> shown = spots();
    String address = browser.address();
    browser.open(address.substring(address.indexOf('#')));
    browser.until("document.querySelector('#front')?.dataset.spots?.split(' ').length === 12");
    assertThat(spots()).isEqualTo(shown);
    assertThat(browser.run("return document.querySelector('#front-x').value"))
        .isEqualTo("train_loss");

    Spot alone = shown.stream().min(Comparator.comparingDouble(Spot::x)).orElseThrow();
    browser.click("#front", (int) Math.round(alone.x()), (int) Math.round(alone.y()));
    browser.see("#parameters");
    assertThat(browser.address()).endsWith("/trials/" + alone.trial());
  }

  private record Spot(int trial, double x, double y, String kind) {}

  private static List<Spot> spots() {
    String all = (String) browser.run("return document.querySelector('#front').dataset.spots");
    return Stream.of(all.split(" "))
        .map(spot -> spot.split("[:,]"))
        .map(
            parts ->
                new Spot(
                    Integer.parseInt(parts[0]),
                    Double.parseDouble(parts[1]),
                    Double.parseDouble(parts[2]),
                    parts[3]))
        .toList();
  }

  private static List<Integer> order(Comparator<Spot> by) {
    return spots().stream().sorted(by).map(Spot::trial).toList();
  }

  /**
   * Trials by an objective, the least first.
   *
   * @param other which of those after the first; empty: the first
   */
  private static List<Integer> order(JsonNode sweep, String other) {
    return StreamSupport.stream(sweep.path("trials").spliterator(), false)
        .sorted(
            Comparator.comparingDouble(
                trial ->
                    other.isEmpty()
                        ? trial.path("objective").asDouble()
                        : trial.path("other_objectives").path(Integer.parseInt(other)).asDouble()))
        .map(trial -> trial.path("trial").asInt())
        .toList();
  }

  // ---- 3, one trial

  @Test
  @Order(20)
  void aTrialShowsItsParametersCurvesAttemptsAndWhatItsModelDoes() throws Exception {
    JsonNode summary = ask("GET", "/v1/sweeps/" + digits, "").path("summary");
    int best = summary.path("status").path("best_trial").asInt();
    JsonNode report = ask("GET", "/v1/sweeps/" + digits + "/trials/" + best, "").path("report");
    int examples =
        StreamSupport.stream(report.path("confusion").spliterator(), false)
            .mapToInt(JsonNode::asInt)
            .sum();
    browser.open("#/sweeps/" + digits + "/trials/" + best);
    browser.see("#report");

    assertThat(browser.text()).contains("the best so far", "8 of 8", "Checkpoint");
    assertThat(browser.see("#parameters").getText()).contains("learning rate", "momentum");
    assertThat(browser.see("#attempts").getText()).containsPattern("ada|grace");
    assertThat(browser.see("#report").getText())
        .contains(examples + " development examples", "Confusion matrix");
    assertThat(browser.count(".confusion tr")).isEqualTo(11);
    assertThat(browser.count(".picture canvas")).isEqualTo(report.path("examples").size());
    browser.until("document.querySelector('.picture canvas').drawn");
    assertThat(browser.colours(".picture canvas")).isGreaterThan(4);
    browser.until("document.querySelectorAll('.grid2:not(#layers) .plot canvas').length === 2");
    assertThat(browser.colours(".grid2 .plot canvas")).isGreaterThan(3);
    browser.until("document.querySelectorAll('#layers canvas').length === 4");
    assertThat(browser.colours("#layers [data-statistic=beta_mean] canvas")).isGreaterThan(3);
    browser.run("document.querySelector('#report').scrollIntoView()");
    browser.picture("dashboard-predictions");
  }

  @Test
  @Order(21)
  void aTrialsLogSaysWhyItFailed() throws Exception {
    String gone = folder.resolve("gone.csv").toString();
    String failing =
        submit(
            """
            name: failing
            data: {csv: %s, dev: 0.2}
            parameters: {learning_rate: {scale: log, min: 1.0e-3, max: 0.1}}
            fixed: {epochs: 2}
            search: {sampler: random, trials: 1, seed: 1}
            """
                .formatted(gone));
    Nodes.until(
        Duration.ofSeconds(30),
        () ->
            ask("GET", "/v1/sweeps/" + failing, "")
                .at("/trials/0/state")
                .asText()
                .equals("FAILED"));
    browser.open("#/sweeps/" + failing + "/trials/0");
    browser.until("document.querySelector('#log .error')");

    JsonNode lines = log(failing, 0);
    assertThat(lines).hasSize(2);
    String said = lines.get(1).path("text").asText();
    assertThat(said).startsWith("FAILED after 0 epochs").contains(gone);
    assertThat(browser.see("#log .error").getText())
        .contains("attempt 1, " + lines.get(1).path("worker_id").asText(), "error", said);
    browser.run("document.querySelector('#log').scrollIntoView()");
    browser.picture("dashboard-log");
  }

  // ---- 4, a panda

  @Test
  @Order(25)
  void aPandaIsStartedTunedAndTakenBackAndShowsItsLayers() {
    browser.open("#/pandas");
    browser.until("document.body.innerText.includes('no panda yet')");
    browser.button("Start a panda");
    browser.click("#start-panda");
    browser.until("/^#.pandas.digits-/.test(location.hash)");
    String panda = browser.address().replaceFirst(".*#", "#");
    browser.until("document.querySelectorAll('#checkpoints tbody tr').length > 0");
    browser.until("document.querySelectorAll('#layers canvas').length === 4");
    assertThat(browser.colours("#layers [data-statistic=gamma_mean] canvas")).isGreaterThan(3);
    assertThat(browser.colours("#panda-curve canvas")).isGreaterThan(5);

    browser.write("#tune-to", "0.001");
    browser.click("#tune");
    browser.until("document.querySelector('#ledger').innerText.includes('tune')");
    browser.until("document.querySelector('#ledger').innerText.includes('→ 0.001')");
    browser.until("document.querySelector('#log').innerText.includes('learning_rate 0.001')");
    assertThat(browser.see("#log").getText()).contains("Attempt 1 begins on", "Tuned at step");
    browser.until("document.querySelector('#panda-curve').dataset.marks === '" + numbers() + "'");
    browser.run("window.prompt = () => 'to see'");
    browser.button("Go back to the best");
    browser.until("document.querySelector('#ledger').innerText.includes('rollback')");
    browser.until("document.body.innerText.includes('1 of 2')");
    browser.run("scrollTo(0, 0)");
    browser.picture("dashboard-panda");

    browser.write("#checkpoint-form input", "before lunch");
    browser.button("Checkpoint");
    browser.until("document.querySelector('#checkpoints').innerText.includes('before lunch')");
    browser.button("Recalibrate");
    browser.until("document.querySelector('#ledger').innerText.includes('recalibrate')");
    browser.until(
        "document.querySelector('#log').innerText.includes('running means and variances')");

    // An alert stands for as long as what it is about.
    browser.run("document.querySelector('select[name=name]').value = 'batch_size'");
    browser.write("#tune-to", "8");
    browser.click("#tune");
    browser.until(
        "[...document.querySelectorAll('.note')].some(n => /mini-batches of 8 .*batch_size=32"
            + " since epoch \\d+/s.test(n.innerText))");

    browser.button("Pause");
    phase("paused");
    assertThat(browser.count("#checkpoint-form")).isZero();
    browser.button("Resume");
    phase("training");

    // Back to what has a name, which was before the small batches.
    browser.until(
        "[...document.querySelectorAll('#checkpoints tr')].filter(r =>"
            + " r.innerText.includes('before lunch')).map(r => r.querySelector('button').click()"
            + " ?? true)[0]");
    browser.until("document.body.innerText.includes('2 of 3')");
    assertThat(browser.see("#ledger tbody tr").getText()).contains("rollback", "to checkpoint");
    browser.until(
        "document.querySelector('#panda-curve').dataset.marks.split(' ').includes('"
            + browser.see("#ledger tbody td").getText()
            + "')");
    browser.button("End");
    phase("ended");
    assertThat(browser.count("#panda-actions button")).isEqualTo(2); // resume, back to the best
    browser.open("#/pandas");
    browser.see("#pandas");
    assertThat(browser.see("#pandas").getText()).contains(panda.replaceFirst(".*/", ""), "ended");
  }

  private static void phase(String name) {
    browser.until("document.querySelector('.title .state').innerText === '" + name + "'");
  }

  /** Of the entries of the ledger on the present branch, as they are marked. */
  private static String numbers() {
    return String.valueOf(
        browser.run(
            "return [...document.querySelectorAll('#ledger tbody tr')].filter(r =>"
                + " r.cells[3].innerText !== '–').map(r => r.cells[0].innerText).reverse().join('"
                + " ')"));
  }

  // ---- 5, the cluster

  @Test
  @Order(30)
  void theClusterShowsWorkersTheirKernelsAndTheCoordinatorsHealth() {
    browser.open("#/cluster");
    browser.see("#workers");
    String workers = browser.see("#workers").getText();
    assertThat(workers).contains("ada", "grace", "0/1", "OpenBLAS", "ago");
    String health = browser.see("#coordinator").getText();
    assertThat(health).contains("active", "journal lag", "curve points stored", "heap");
    assertThat(health).doesNotContainPattern("events journalled\\s+0 in");
    browser.picture("dashboard-cluster");
  }

  // ---- 6, keys, contrast, themes, narrow screens, viewers

  @Test
  @Order(40)
  void keysLeadThroughThePages() {
    browser.open("#/sweeps");
    browser.see("#sweeps");
    browser.press("c");
    browser.see("#coordinator");
    browser.press("s");
    browser.see("#sweeps");
    browser.press("/");
    assertThat(browser.run("return document.activeElement.type")).isEqualTo("search");
    open(digits, "");
    browser.see("[role=tab]");
    browser.press("2");
    browser.see("#history");
    assertThat(browser.address()).endsWith("view=best");
    browser.run("document.querySelector('#tab-best').focus()");
    browser.press(Keys.ARROW_RIGHT);
    browser.see("#parallel");
    browser.press("?");
    browser.see("dialog");
    browser.press(Keys.ESCAPE);
    browser.until("!document.querySelector('dialog[open]')");
  }

  @Test
  @Order(41)
  void textStandsOutOnBothGrounds() {
    for (String scheme : List.of("light", "dark")) {
      browser.prefers(scheme);
      open(digits, "");
      browser.until("document.querySelector('#view').innerText.includes('completed 30')");
      @SuppressWarnings("unchecked")
      Map<String, Number> contrasts =
          (Map<String, Number>)
              browser.run(
                  """
                  const parse = (name) => {
                    const probe = document.body.appendChild(document.createElement('i'));
                    probe.style.color = `var(--${name})`;
                    const rgb = getComputedStyle(probe).color.match(/[\\d.]+/g).slice(0, 3).map(Number);
                    probe.remove();
                    const [r, g, b] = rgb.map((v) => v / 255).map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
                  };
                  const ratio = (a, b) => (Math.max(parse(a), parse(b)) + 0.05) / (Math.min(parse(a), parse(b)) + 0.05);
                  const found = {};
                  for (const text of ['text', 'quiet', 'link', 'bad']) {
                    for (const ground of ['panel', 'page']) found[`${text} on ${ground}`] = ratio(text, ground);
                  }
                  found['on-accent on accent'] = ratio('on-accent', 'accent');
                  return found;
                  """);
      // WCAG 2.2, 1.4.3: 4.5 for text of ordinary size.
      assertThat(contrasts)
          .allSatisfy(
              (pair, ratio) ->
                  assertThat(ratio.doubleValue())
                      .as(scheme + ": " + pair)
                      .isGreaterThanOrEqualTo(4.5));
    }
    browser.picture("dashboard-dark");
    browser.prefers("light");
    String light = ground();
    browser.click("#theme");
    assertThat(ground()).isNotEqualTo(light);
    browser.open("#/sweeps");
    browser.see("#sweeps");
    assertThat(ground()).as("the choice is kept").isNotEqualTo(light);
    browser.click("#theme");
    browser.click("#theme");
  }

  private static String ground() {
    return String.valueOf(browser.run("return getComputedStyle(document.body).backgroundColor"));
  }

  @Test
  @Order(42)
  void aNarrowScreenScrollsNoPageSideways() {
    browser.size(380, 780);
    try {
      String best = "#/sweeps/" + digits + "/trials/0";
      for (String address :
          List.of(
              "#/sweeps",
              "#/cluster",
              "#/submit",
              "#/compare?ids=" + digits,
              best,
              "#/sweeps/" + digits,
              "#/sweeps/" + digits + "?view=parallel",
              "#/sweeps/" + digits + "?view=stages",
              "#/sweeps/" + digits + "?view=timeline",
              "#/sweeps/" + digits + "?view=trials")) {
        browser.open(address);
        browser.until("document.querySelector('main .panel')");
        browser.until("document.querySelector('main h1')");
        assertThat((Long) browser.run("return document.documentElement.scrollWidth"))
            .as(address)
            .isLessThanOrEqualTo(380);
        if (address.equals("#/sweeps/" + digits)) {
          browser.until("document.querySelector('#view').innerText.includes('completed 30')");
        }
      }
    } finally {
      browser.size(1280, 860);
    }
  }

  @Test
  @Order(50)
  void aViewerSeesNoButtonsItMayNotPress() {
    browser.run("sessionStorage.setItem('caviar-token', " + quoted(viewer) + ")");
    open(digits, "");
    browser.until("document.querySelector('#view').innerText.includes('completed 30')");
    assertThat(browser.see("#role").getText()).isEqualTo("viewer");
    String buttons =
        ((List<?>)
                browser.run(
                    "return [...document.querySelectorAll('button, a.button, nav a')].map(b =>"
                        + " b.innerText.trim())"))
            .stream().map(String::valueOf).collect(Collectors.joining("\n"));
    assertThat(buttons)
        .contains("Compare")
        .doesNotContain("Submit", "Pause", "Stop", "Cancel", "More trials", "Use its file");
    browser.open("#/pandas");
    browser.click("#pandas a");
    browser.see("#ledger");
    assertThat(browser.count("#panda-actions, #tune, #checkpoints button")).isZero();
    browser.open("#/submit");
    browser.until("document.body.innerText.includes('needs an operator')");
    assertThat(browser.count("#submit")).isZero();
  }

  private static String quoted(String text) {
    return "'" + text + "'";
  }
}
