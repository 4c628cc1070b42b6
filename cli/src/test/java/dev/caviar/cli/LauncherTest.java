package dev.caviar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Runs the launcher with JDKs and a build that only tell how they were called. */
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {
  private static final Path ROOT = Path.of(System.getProperty("caviar.root", ".."));

  @TempDir private Path folder;
  private Path home = Path.of("");
  private Path jdk = Path.of("");

  @BeforeEach
  void layOut() throws IOException {
    home = Files.createDirectory(folder.resolve("the home"));
    Files.copy(ROOT.resolve("caviar"), home.resolve("caviar"));
    home.resolve("caviar").toFile().setExecutable(true);
    Files.writeString(home.resolve("pom.xml"), "");
    script(
        home.resolve("mvnw"),
        "echo building; echo \"$JAVA_HOME\" > built-by; mkdir -p cli/target/caviar/lib");
    jdk = jdk("jdk-25", "25.0.1");
  }

  @Test
  void startsJavaWithTheFlagsOfTheBuild() throws Exception {
    Outcome outcome = launch(Map.of("JAVA_HOME", jdk.toString()), "run", "my sweep.yaml");

    assertThat(outcome.exitCode()).isEqualTo(7);
    List<String> arguments = outcome.out().lines().toList();
    assertThat(arguments).containsAll(flagsOfTheBuild());
    assertThat(arguments)
        .containsSubsequence(
            "-cp",
            home.toRealPath().resolve("cli/target/caviar/lib/*").toString(),
            "dev.caviar.cli.Caviar",
            "run",
            "my sweep.yaml");
    assertThat(arguments).contains("threads=1,1");
  }

  @Test
  void buildsOnceWithEverythingSaidOnStandardError() throws Exception {
    Map<String, String> environment = Map.of("JAVA_HOME", jdk.toString());

    Outcome first = launch(environment);
    Outcome second = launch(environment);

    assertThat(first.err()).contains("caviar: building").contains("\nbuilding\n");
    assertThat(first.out()).doesNotContain("building");
    assertThat(home.resolve("built-by")).hasContent(jdk.toString());
    assertThat(second.err()).isEmpty();
  }

  @Test
  void buildsAgainWhenASourceIsNewer() throws Exception {
    Map<String, String> environment = Map.of("JAVA_HOME", jdk.toString());
    launch(environment);
    Path source = home.resolve("worker/src/main/java/A.java");
    Files.createDirectories(source.getParent());
    Files.writeString(source, "");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));

    assertThat(launch(environment).err()).contains("caviar: building");
  }

  @Test
  void startsNothingWhereTheBuildFails() throws Exception {
    script(home.resolve("mvnw"), "echo cannot compile; exit 1");

    Outcome outcome = launch(Map.of("JAVA_HOME", jdk.toString()));

    assertThat(outcome.exitCode()).isEqualTo(1);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err()).contains("cannot compile");
  }

  @Test
  void keepsTheClassesOfASmallSweepUntilALibraryIsNewer() throws Exception {
    Map<String, String> environment = Map.of("JAVA_HOME", archivingJdk().toString());

    Outcome first = launch(environment);
    Outcome second = launch(environment);
    Path library = home.resolve("cli/target/caviar/lib/a.jar");
    Files.writeString(library, "");
    Files.setLastModifiedTime(library, FileTime.from(Instant.now().plusSeconds(60)));
    Outcome third = launch(environment);

    assertThat(first.err()).contains("caviar: preparing quick starts");
    assertThat(second.err()).isEmpty();
    assertThat(third.err()).contains("caviar: preparing quick starts");
    for (Outcome outcome : List.of(first, second, third)) {
      assertThat(outcome.out())
          .contains("-XX:SharedArchiveFile=" + home.toRealPath().resolve("cli/target/caviar"))
          // Whatever the JVM thinks of it is of no use to whoever runs a sweep.
          .contains("-Xlog:cds*=off,aot*=off");
    }
  }

  @Test
  void goesWithoutAnArchiveThatCannotBeMade() throws Exception {
    Map<String, String> environment = Map.of("JAVA_HOME", jdk.toString());

    Outcome first = launch(environment);
    Outcome second = launch(environment);

    assertThat(first.out()).doesNotContain("SharedArchiveFile");
    assertThat(second.out()).doesNotContain("SharedArchiveFile");
    // It is not tried at each start.
    assertThat(second.err()).isEmpty();
  }

  @Test
  void findsItsFolderThroughALink() throws Exception {
    Path bin = Files.createDirectory(folder.resolve("bin"));
    Path link =
        Files.createSymbolicLink(bin.resolve("caviar"), Path.of("..", "the home", "caviar"));

    Outcome outcome = launch(link, Map.of("JAVA_HOME", jdk.toString()));

    assertThat(outcome.exitCode()).isEqualTo(7);
    assertThat(outcome.out()).contains("the home/cli/target/caviar/lib/*");
  }

  @Test
  void passesOverAJavaThatIsTooOld() throws Exception {
    Path old = jdk("jdk-17", "17.0.9");
    Path found = jdk("user/.jdks/temurin-25", "25");

    Outcome outcome =
        launch(Map.of("JAVA_HOME", old.toString(), "HOME", folder.resolve("user").toString()));

    // A machine may have a JDK 25 in a folder that is looked at before; never is it the old one.
    assertThat(outcome.out()).doesNotContain(old.toString());
    assertThat(found).exists();
  }

  @Test
  void addsTheUsersOptionsAfterItsOwn() throws Exception {
    Outcome outcome =
        launch(Map.of("JAVA_HOME", jdk.toString(), "CAVIAR_JAVA_OPTS", "-Xmx3g -Da=b"));

    assertThat(outcome.out().lines()).containsSubsequence("-XX:+UseParallelGC", "-Xmx3g", "-Da=b");
  }

  @Test
  void theWindowsLauncherHasTheSameFlags() throws IOException {
    String cmd = Files.readString(ROOT.resolve("caviar.cmd"));

    assertThat(cmd).contains(flagsOfTheBuild()).contains("%CAVIAR_JAVA_OPTS%");
    assertThat(cmd.lines().count())
        .isEqualTo(Pattern.compile("\r\n").matcher(cmd).results().count());
  }

  private static List<String> flagsOfTheBuild() throws IOException {
    Matcher flags =
        Pattern.compile("<caviar.jvm.flags>(.*)</caviar.jvm.flags>")
            .matcher(Files.readString(ROOT.resolve("pom.xml")));
    assertThat(flags.find()).isTrue();
    return Arrays.asList(flags.group(1).split(" ", -1));
  }

  /** A JDK whose java prints what it was started with, and exits with 7. */
  private Path jdk(String name, String version) throws IOException {
    Path path = folder.resolve(name);
    Files.createDirectories(path.resolve("bin"));
    Files.writeString(path.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    script(path.resolve("bin/javac"), "exit 1");
    script(
        path.resolve("bin/java"),
        "printf '%s\\n"
            + "' \"$0\" \"$@\"; echo threads=$OPENBLAS_NUM_THREADS,$OMP_NUM_THREADS; exit 7");
    return path;
  }

  /** One whose java also writes an archive of classes where it is told to. */
  private Path archivingJdk() throws IOException {
    Path path = jdk("archiving-jdk", "25.0.1");
    Path java = path.resolve("bin/java");
    String archive =
        """
        for argument in "$@"; do
          case $argument in
            -XX:DumpLoadedClassList=*) exit 0 ;;
            -Xshare:dump) dumps=yes ;;
            -XX:SharedArchiveFile=*) archive=${argument#*=} ;;
          esac
        done
        if [ -n "$dumps" ]; then echo classes >"$archive"; exit 0; fi
        """;
    script(java, archive + Files.readString(java));
    return path;
  }

  private static void script(Path path, String body) throws IOException {
    Files.writeString(path, "#!/bin/sh\n" + body + "\n");
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Outcome launch(Map<String, String> environment, String... arguments) throws Exception {
    return launch(home.resolve("caviar"), environment, arguments);
  }

  private Outcome launch(Path launcher, Map<String, String> environment, String... arguments)
      throws Exception {
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    var builder =
        new ProcessBuilder(
            Stream.concat(Stream.of(launcher.toString()), Stream.of(arguments)).toList());
    builder.directory(folder.toFile());
    builder.redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().clear();
    builder.environment().put("PATH", "/usr/bin:/bin");
    builder.environment().putAll(environment);
    Process process = builder.start();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return new Outcome(
        process.exitValue(),
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }
}
