package dev.caviar.cli.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Assumptions;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import org.openqa.selenium.support.ui.WebDriverWait;

/**
 * A real Chromium at a coordinator's pages. It is found on the PATH, or where CAVIAR_CHROMIUM and
 * CAVIAR_CHROMEDRIVER say; it sees what a browser of a reader sees, so its console and its requests
 * are what theirs would be.
 */
@NullUnmarked
final class Browser implements AutoCloseable {
  /** Set to a folder, tests leave their pictures there. */
  private static final String PICTURES = System.getProperty("caviar.pictures", "");

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final ChromeDriver driver;
  private final String origin;
  private final List<String> requests = new ArrayList<>();
  private final List<String> complaints = new ArrayList<>();

  private Browser(ChromeDriver driver, String origin) {
    this.driver = driver;
    this.origin = origin;
  }

  /**
   * Starts one, in a profile that is new; where there is none the test is skipped, unless CI=true.
   */
  static Browser at(int port, Path profile) {
    Optional<Path> chromium = program("CAVIAR_CHROMIUM", "chromium", "google-chrome", "chrome");
    Optional<Path> chromedriver = program("CAVIAR_CHROMEDRIVER", "chromedriver");
    if (!"true".equals(System.getenv("CI"))) {
      Assumptions.assumeTrue(
          chromium.isPresent() && chromedriver.isPresent(),
          "no Chromium and chromedriver on the PATH (Debian: chromium, chromium-driver): the"
              + " dashboard is not tested");
    }
    ChromeOptions options = new ChromeOptions();
    options.setBinary(chromium.orElseThrow().toFile());
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
        "--user-data-dir=" + profile);
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    logs.enable(LogType.PERFORMANCE, Level.ALL);
    options.setCapability("goog:loggingPrefs", logs);
    ChromeDriverService service =
        new ChromeDriverService.Builder()
            .usingDriverExecutable(chromedriver.orElseThrow().toFile())
            .usingAnyFreePort()
            .build();
    Browser browser = new Browser(new ChromeDriver(service, options), "http://127.0.0.1:" + port);
    browser.size(1280, 860);
    // What it shows before its first page is its own.
    browser.driver.get("about:blank");
    browser.driver.manage().logs().get(LogType.PERFORMANCE);
    return browser;
  }

  private static Optional<Path> program(String variable, String... names) {
    String set = System.getenv(variable);
    if (set != null) {
      return Optional.of(Path.of(set));
    }
    return Arrays.stream(names)
        .flatMap(
            name ->
                Stream.of(System.getenv("PATH").split(File.pathSeparator))
                    .map(folder -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  void size(int width, int height) {
    driver.manage().window().setSize(new Dimension(width, height));
    // A window is no narrower than its frame; what is shown may be.
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
  }

  void prefers(String scheme) {
    driver.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
  }

  /** Opens an address such as #/sweeps, as if it had been sent. */
  void open(String address) {
    driver.get("about:blank");
    driver.get(origin + "/" + address);
  }

  String address() {
    return URLDecoder.decode(driver.getCurrentUrl(), StandardCharsets.UTF_8);
  }

  /** The first element that is like that, once there is one in sight. */
  WebElement see(String css) {
    return new WebDriverWait(driver, PATIENCE)
        .withMessage(() -> "no " + css + " on a page that says: " + text())
        .until(
            d ->
                d.findElements(By.cssSelector(css)).stream()
                    .filter(WebElement::isDisplayed)
                    .findFirst()
                    .orElse(null));
  }

  /** Waits until a script finds something true. */
  void until(String script) {
    new WebDriverWait(driver, PATIENCE)
        .withMessage(() -> "never true: " + script + " on a page that says: " + text())
        .ignoring(org.openqa.selenium.JavascriptException.class)
        .until(d -> Boolean.TRUE.equals(driver.executeScript("return Boolean(" + script + ")")));
  }

  String text() {
    return driver.findElement(By.tagName("body")).getText();
  }

  int count(String css) {
    return driver.findElements(By.cssSelector(css)).size();
  }

  Object run(String script) {
    return driver.executeScript(script);
  }

  void click(String css) {
    see(css).click();
  }

  /** Clicks the button with this text, once it is there. */
  void button(String text) {
    until(
        "[...document.querySelectorAll('button')].filter(b => b.innerText.trim() === '"
            + text
            + "' && !b.disabled).slice(0, 1).map(b => b.click() ?? true)[0]");
  }

  void press(CharSequence... keys) {
    new Actions(driver).sendKeys(keys).perform();
  }

  /** Replaces what stands in a field. */
  void write(String css, String text) {
    WebElement field = see(css);
    field.sendKeys(Keys.chord(Keys.CONTROL, "a"), Keys.DELETE);
    field.sendKeys(text);
  }

  /** Moves to a place within an element, from its upper left corner. */
  void point(String css, int x, int y) {
    WebElement element = see(css);
    Dimension size = element.getSize();
    new Actions(driver)
        .moveToElement(element, x - size.getWidth() / 2, y - size.getHeight() / 2)
        .perform();
  }

  /** Clicks a place within an element. */
  void click(String css, int x, int y) {
    point(css, x, y);
    new Actions(driver).click().perform();
  }

  /** Drags within an element. */
  void drag(String css, int x, int fromY, int toY) {
    point(css, x, fromY);
    new Actions(driver).clickAndHold().moveByOffset(0, toY - fromY).release().perform();
  }

  /** How many colours are drawn on a canvas; one that is blank has none. */
  long colours(String css) {
    return (Long)
        driver.executeScript(
            """
            const shown = document.querySelector(arguments[0]);
            const canvas = document.createElement('canvas');
            [canvas.width, canvas.height] = [shown.width, shown.height];
            const pen = canvas.getContext('2d', { willReadFrequently: true });
            pen.drawImage(shown, 0, 0);
            const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
            const seen = new Set();
            for (let i = 0; i < data.length; i += 4) {
              if (data[i + 3]) seen.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
            }
            return seen.size;
            """,
            css);
  }

  /** Leaves a picture of what is shown, if pictures are wanted. */
  void picture(String name) {
    if (PICTURES.isEmpty()) {
      return;
    }
    try {
      Path folder = Files.createDirectories(Path.of(PICTURES));
      Files.write(folder.resolve(name + ".png"), driver.getScreenshotAs(OutputType.BYTES));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Nothing stands in the console as an error, and nobody but the coordinator was asked. */
  void requireQuiet() throws IOException {
    driver.manage().logs().get(LogType.BROWSER).getAll().stream()
        .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
        .forEach(entry -> complaints.add(entry.getMessage()));
    for (var entry : driver.manage().logs().get(LogType.PERFORMANCE).getAll()) {
      JsonNode message = JSON.readTree(entry.getMessage()).path("message");
      if (message.path("method").asText().equals("Network.requestWillBeSent")) {
        requests.add(message.path("params").path("request").path("url").asText());
      }
    }
    List<String> said = List.copyOf(complaints);
    complaints.clear();
    assertThat(said).as("console").isEmpty();
    List<String> asked = List.copyOf(requests);
    requests.clear();
    assertThat(asked)
        .as("requests")
        .isNotEmpty()
        .allMatch(
            url ->
                url.equals("about:blank")
                    || url.startsWith("blob:" + origin)
                    || url.startsWith("data:")
                    || origin.equals(originOf(url)));
    // No token in an address.
    assertThat(asked).noneMatch(url -> url.contains("token="));
  }

  private static String originOf(String url) {
    URI uri = URI.create(url.split("\\?", 2)[0]);
    return uri.getScheme() + "://" + uri.getAuthority();
  }

  @Override
  public void close() {
    driver.quit();
  }
}
