package dev.caviar.coordinator.space;

import dev.caviar.proto.v1.CsvSource;
import dev.caviar.proto.v1.DataSource;
import dev.caviar.proto.v1.IdxSource;
import dev.caviar.proto.v1.Task;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads what to train on: the section data. */
final class DataReader {
  private static final double STANDARD_DEV = 0.2;

  private static final String PUSHED = "sha256:";

  private final Path baseDirectory;
  private final Problems problems;
  private final Scalars scalars;

  DataReader(Path baseDirectory, Problems problems) {
    this.baseDirectory = baseDirectory;
    this.problems = problems;
    this.scalars = new Scalars(problems);
  }

  /** The source, as far as it can be made out; null, reported, if there is none at all. */
  @Nullable DataSource read(Mapping file, long searchSeed) {
    Node node = file.value("data");
    if (node == null) {
      problems.add(file.node(), "data is missing; add a line such as data: {builtin: digits}");
      return null;
    }
    Mapping data =
        Mapping.read(
            node,
            "data: ",
            List.of("builtin", "csv", "idx", "dev", "test", "normalize", "split_seed"),
            problems);
    if (data == null) {
      return null;
    }
    DataSource.Builder source = DataSource.newBuilder();
    reportSourceCount(data);
    ifPresent(data, "builtin", value -> builtin(value, source));
    ifPresent(data, "csv", value -> csv(value, source.getCsvBuilder()));
    ifPresent(data, "idx", value -> idx(value, source.getIdxBuilder(), data));
    fractions(data, source);
    source.setNormalize(true);
    ifPresent(
        data,
        "normalize",
        value -> ifKnown(scalars.flag(value, "data: normalize"), source::setNormalize));
    source.setSplitSeed(searchSeed);
    ifPresent(
        data,
        "split_seed",
        value ->
            ifKnown(
                scalars.whole(value, "data: split_seed", Long.MIN_VALUE, Long.MAX_VALUE),
                source::setSplitSeed));
    return source.build();
  }

  private void reportSourceCount(Mapping data) {
    List<String> sources = data.present("builtin", "csv", "idx");
    if (sources.isEmpty()) {
      problems.add(data.node(), "data: has no source; add builtin, csv or idx");
    } else if (sources.size() > 1) {
      // The one that stands later in the file is the one too many.
      String last = data.entries().keySet().stream().filter(sources::contains).toList().getLast();
      problems.add(
          data.at(last), "data: has two sources, " + String.join(" and ", sources) + "; keep one");
    }
  }

  private void builtin(Node node, DataSource.Builder source) {
    ifKnown(scalars.oneOf(node, "data: builtin", List.of("digits")), source::setBuiltin);
  }

  private void csv(Node node, CsvSource.Builder csv) {
    csv.setHeader(true);
    if (!(node instanceof MappingNode)) {
      ifKnown(path(node, "data: csv"), csv::setPath);
      return;
    }
    Mapping options =
        Mapping.read(
            node, "data: csv: ", List.of("path", "header", "label", "delimiter", "task"), problems);
    if (options == null) {
      return;
    }
    required(options, "path", "data: csv: ", csv::setPath);
    ifPresent(
        options,
        "header",
        value -> ifKnown(scalars.flag(value, "data: csv: header"), csv::setHeader));
    ifPresent(
        options, "label", value -> ifKnown(scalars.text(value, "data: csv: label"), csv::setLabel));
    ifPresent(options, "delimiter", value -> delimiter(value, csv));
    ifPresent(
        options,
        "task",
        value ->
            ifKnown(
                scalars.oneOf(value, "data: csv: task", List.of("classification", "regression")),
                task -> csv.setTask(Task.valueOf(task.toUpperCase(Locale.ROOT)))));
  }

  private void delimiter(Node node, CsvSource.Builder csv) {
    String delimiter = scalars.text(node, "data: csv: delimiter");
    if (delimiter != null && delimiter.length() != 1) {
      problems.add(
          node,
          "data: csv: delimiter must be one character, such as ';' or \"\\t\", "
              + Scalars.is(node));
    }
    ifKnown(delimiter, csv::setDelimiter);
  }

  private void idx(Node node, IdxSource.Builder idx, Mapping data) {
    Mapping files =
        Mapping.read(
            node,
            "data: idx: ",
            List.of("images", "labels", "test_images", "test_labels"),
            problems);
    if (files == null) {
      return;
    }
    required(files, "images", "data: idx: ", idx::setImages);
    required(files, "labels", "data: idx: ", idx::setLabels);
    ifPresent(
        files,
        "test_images",
        value -> ifKnown(path(value, "data: idx: test_images"), idx::setTestImages));
    ifPresent(
        files,
        "test_labels",
        value -> ifKnown(path(value, "data: idx: test_labels"), idx::setTestLabels));
    List<String> tests = files.present("test_images", "test_labels");
    if (tests.size() == 1) {
      String there = tests.getFirst();
      problems.add(
          files.at(there),
          "data: idx: %s needs %s beside it"
              .formatted(there, there.equals("test_images") ? "test_labels" : "test_images"));
    }
    if (!tests.isEmpty() && data.has("test")) {
      problems.add(
          data.at("test"),
          "data: test cannot be split off where idx brings test files; drop test or the files");
    }
  }

  private void fractions(Mapping data, DataSource.Builder source) {
    Double dev = STANDARD_DEV;
    Double test = 0.0;
    Node devNode = data.value("dev");
    if (devNode != null) {
      dev = scalars.number(devNode, "data: dev");
      if (dev != null && (dev <= 0 || dev >= 1)) {
        problems.add(
            devNode,
            "data: dev must be above 0 and below 1, a fraction of the examples, %s; try 0.2"
                .formatted(Scalars.is(devNode)));
        dev = null;
      }
    }
    Node testNode = data.value("test");
    if (testNode != null) {
      test = scalars.number(testNode, "data: test");
      if (test != null && (test < 0 || test >= 1)) {
        problems.add(
            testNode,
            "data: test must be at least 0 and below 1, a fraction of the examples, %s; try 0.1"
                .formatted(Scalars.is(testNode)));
        test = null;
      }
    }
    if (dev != null && test != null) {
      if (dev + test >= 1) {
        problems.add(
            data.at(data.has("test") ? "test" : "dev"),
            "data: dev and test leave nothing to train on: %s + %s is not below 1"
                .formatted(dev, test));
      }
      source.setDevFraction(dev).setTestFraction(test);
    }
  }

  private void required(Mapping options, String key, String prefix, Consumer<String> setter) {
    Node node = options.value(key);
    if (node == null) {
      problems.add(options.node(), prefix + key + " is missing");
    } else {
      ifKnown(path(node, prefix + key), setter);
    }
  }

  private @Nullable String path(Node node, String what) {
    String text = scalars.text(node, what);
    if (text == null) {
      return null;
    }
    if (text.startsWith(PUSHED)) {
      return pushed(text, node, what);
    }
    try {
      return baseDirectory.resolve(text).normalize().toString();
    } catch (InvalidPathException e) {
      problems.add(node, what + " must be a path, " + Scalars.is(node));
      return null;
    }
  }

  /** A file that was pushed to the coordinator, by its hash. */
  private @Nullable String pushed(String text, Node node, String what) {
    if (!text.matches(PUSHED + "[0-9a-f]{64}")) {
      problems.add(
          node,
          what + ": after sha256: come 64 digits 0-9 and a-f, as `caviar data push` prints them");
      return null;
    }
    return text;
  }

  private static void ifPresent(Mapping mapping, String key, Consumer<Node> reader) {
    Node node = mapping.value(key);
    if (node != null) {
      reader.accept(node);
    }
  }

  private static <T> void ifKnown(@Nullable T value, Consumer<T> use) {
    if (value != null) {
      use.accept(value);
    }
  }
}
