import com.google.googlejavaformat.java.Formatter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Checks, or with {@code fix} repairs, the layout of every Java source in the project: Google's
 * Java style as google-java-format prints it. Run by the build; see CONTRIBUTING.md.
 */
public final class Format {
  public static void main(String[] args) throws Exception {
    boolean fix = args.length > 0 && args[0].equals("fix");
    var formatter = new Formatter();
    List<Path> wrong = new ArrayList<>();
    for (Path file : sources()) {
      String source = Files.readString(file);
      String formatted = formatter.formatSourceAndFixImports(source);
      if (formatted.equals(source)) {
        continue;
      }
      wrong.add(file);
      if (fix) {
        Files.writeString(file, formatted);
      }
    }
    wrong.forEach(file -> System.err.println((fix ? "formatted " : "not formatted: ") + file));
    if (!fix && !wrong.isEmpty()) {
      System.err.println("Format them with: ./mvnw -N validate -Dformat=fix");
      System.exit(1);
    }
  }

  private static List<Path> sources() throws Exception {
    List<Path> found = new ArrayList<>();
    for (String root :
        List.of("build", "proto", "worker", "coordinator", "cli", "bench", "cluster-test")) {
      try (Stream<Path> files = Files.walk(Path.of(root))) {
        files
            .filter(file -> file.toString().endsWith(".java"))
            .filter(file -> !file.startsWith(Path.of(root, "target")))
            .sorted()
            .forEach(found::add);
      }
    }
    return found;
  }
}
