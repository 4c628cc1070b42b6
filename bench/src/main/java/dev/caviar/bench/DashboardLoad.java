package dev.caviar.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;

/**
 * What the dashboard costs a browser: Chromium opens a sweep with many curves, of which some grow.
 * Arguments: HOST:PORT, finished trials, epochs of those, running trials, minutes to watch for, the
 * programs Chromium and chromedriver, and a new folder for a profile. Prints one line for each
 * opening, one for each minute and one for all of them.
 */
public final class DashboardLoad {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int OPENINGS = 5;
  private static final int LIVE_EPOCHS = 5_000;

  private DashboardLoad() {}

  public static void main(String[] args) throws Exception {
    String address = "http://" + args[0];
    int finished = Integer.parseInt(args[1]);
    int running = Integer.parseInt(args[3]);
    int minutes = Integer.parseInt(args[4]);
    String sweep = submit(address, finished, running);
    ChromeDriver browser = browser(Path.of(args[5]), Path.of(args[6]), args[7]);
    try {
      String page = address + "/#/sweeps/" + sweep;
      open(browser, page);
      watch(browser, minutes);
    } finally {
      browser.quit();
    }
    System.exit(0);
  }

  /** Returns when as many trials are over and as many run as there shall be. */
  private static String submit(String address, int finished, int running) throws Exception {
    String file = EmptySweep.file("dashboard", finished + running, LIVE_EPOCHS);
    String body = JSON.createObjectNode().put("sweep_file", file).toString();
    String sweep = ask(address + "/v1/sweeps", body).path("sweep_id").asText();
    JsonNode counts;
    do {
      Thread.sleep(500);
      counts = ask(address + "/v1/sweeps/" + sweep, null).path("summary").path("trials_by_state");
    } while (counts.path("completed").asInt() < finished
        || counts.path("running").asInt() < running);
    return sweep;
  }

  private static JsonNode ask(String address, @Nullable String body) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(address))
              .header("content-type", "application/json; charset=utf-8");
      if (body != null) {
        request.POST(HttpRequest.BodyPublishers.ofString(body));
      }
      return JSON.readTree(http.send(request.build(), BodyHandlers.ofString()).body());
    }
  }

  private static ChromeDriver browser(Path chromium, Path chromedriver, String profile) {
    ChromeOptions options = new ChromeOptions();
    options.setBinary(chromium.toFile());
    options.addArguments(
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--force-device-scale-factor=1",
        "--window-size=1280,900",
        "--user-data-dir=" + profile);
    return new ChromeDriver(
        new ChromeDriverService.Builder()
            .usingDriverExecutable(chromedriver.toFile())
            .usingAnyFreePort()
            .build(),
        options);
  }

  private static void open(ChromeDriver browser, String page) throws InterruptedException {
    for (int i = 1; i <= OPENINGS; i++) {
      browser.get("about:blank");
      browser.get(page);
      while (browser.executeScript(
              "return performance.getEntriesByName('caviar-curves').length || null")
          == null) {
        Thread.sleep(50);
      }
      System.out.printf(
          Locale.ROOT,
          "opening %d: first contentful paint after %.0f ms, all curves drawn after %.0f ms%n",
          i,
          number(
              browser.executeScript(
                  "return performance.getEntriesByName('first-contentful-paint')[0].startTime")),
          number(
              browser.executeScript(
                  "return performance.getEntriesByName('caviar-curves')[0].startTime")));
    }
  }

  private static void watch(ChromeDriver browser, int minutes) throws InterruptedException {
    // Of the processor's time: what else runs on the machine is not the dashboard's work.
    browser.executeCdpCommand("Performance.enable", Map.of("timeDomain", "threadTicks"));
    Thread.sleep(Duration.ofSeconds(5));
    List<Double> heaps = new ArrayList<>();
    double begun = metric(browser, "TaskDuration");
    long start = System.nanoTime();
    double most = 0;
    double lastWork = begun;
    long lastAt = start;
    heaps.add(heap(browser));
    for (int minute = 1; minute <= minutes; minute++) {
      Thread.sleep(Duration.ofMinutes(1));
      double work = metric(browser, "TaskDuration");
      long now = System.nanoTime();
      double perSecond = 1e3 * (work - lastWork) / seconds(now - lastAt);
      most = Math.max(most, perSecond);
      heaps.add(heap(browser));
      System.out.printf(
          Locale.ROOT,
          "minute %d: %.1f ms of main-thread work a second, %.1f MiB of JavaScript heap, %.0f"
              + " nodes%n",
          minute,
          perSecond,
          heaps.getLast(),
          metric(browser, "Nodes"));
      lastWork = metric(browser, "TaskDuration");
      lastAt = System.nanoTime();
    }
    double[] all = heaps.stream().mapToDouble(Double::doubleValue).toArray();
    System.out.printf(
        Locale.ROOT,
        "%d minutes: %.1f ms of main-thread work a second at most, heap %.1f MiB at first, %.1f at"
            + " last, %.1f to %.1f in between%n",
        minutes,
        most,
        all[0],
        all[all.length - 1],
        Arrays.stream(all).min().orElseThrow(),
        Arrays.stream(all).max().orElseThrow());
  }

  private static double seconds(long nanos) {
    return nanos / (double) TimeUnit.SECONDS.toNanos(1);
  }

  /** After a collection of garbage, in MiB. */
  private static double heap(ChromeDriver browser) {
    browser.executeCdpCommand("HeapProfiler.collectGarbage", Map.of());
    return metric(browser, "JSHeapUsedSize") / (1 << 20);
  }

  private static double metric(ChromeDriver browser, String name) {
    Object metrics = browser.executeCdpCommand("Performance.getMetrics", Map.of()).get("metrics");
    return ((List<?>) Objects.requireNonNull(metrics))
        .stream()
            .map(metric -> (Map<?, ?>) metric)
            .filter(metric -> name.equals(metric.get("name")))
            .mapToDouble(metric -> number(metric.get("value")))
            .findFirst()
            .orElseThrow();
  }

  private static double number(@Nullable Object x) {
    return ((Number) Objects.requireNonNull(x)).doubleValue();
  }
}
