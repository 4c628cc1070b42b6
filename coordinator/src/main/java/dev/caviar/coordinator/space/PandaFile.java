package dev.caviar.coordinator.space;

import dev.caviar.coordinator.space.PandaDefinition.CheckpointPolicy;
import dev.caviar.coordinator.space.SweepDefinition.Objective;
import dev.caviar.proto.v1.DataSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads panda files: sweep files of a single model, all of whose hyperparameters are constants, and
 * which say how it is checkpointed instead of how to search. docs/panda.md describes the format.
 */
public final class PandaFile {
  private static final List<String> KEYS =
      List.of("name", "data", "parameters", "fixed", "objective", "checkpoints", "seed");

  private static final Duration LEAST_EVERY = Duration.ofSeconds(1);

  private PandaFile() {}

  /**
   * Understands a panda file. Looks at the text alone, as {@link SweepFile#parse} does.
   *
   * @param text of the file
   * @param baseDirectory what relative paths in it start from, usually the file's directory
   * @throws SweepFileException with everything that is wrong with it
   */
  public static PandaDefinition parse(String text, Path baseDirectory) throws SweepFileException {
    Problems problems = new Problems();
    Node root = SweepFileText.compose(text, problems);
    Mapping file = root == null ? null : Mapping.read(root, "", KEYS, problems);
    PandaDefinition definition =
        file == null ? null : read(file, text, baseDirectory.toAbsolutePath(), problems);
    if (definition == null || !problems.isEmpty()) {
      throw new SweepFileException(problems.inFileOrder());
    }
    return definition;
  }

  /** Reads all sections, whatever is wrong with one of them; null only if something is reported. */
  private static @Nullable PandaDefinition read(
      Mapping file, String text, Path baseDirectory, Problems problems) {
    String name = SweepFile.name(file, problems);
    Node seedNode = file.value("seed");
    Long seed =
        seedNode == null
            ? (Long) 0L
            : new Scalars(problems).whole(seedNode, "seed", Long.MIN_VALUE, Long.MAX_VALUE);
    DataSource data =
        new DataReader(baseDirectory, problems).read(file, seed == null ? 0 : (long) seed);
    SearchSpace space = space(file, problems);
    Objective objective = new ObjectiveReader(problems).ofLastEpoch(file);
    CheckpointPolicy checkpoints = checkpoints(file, problems);
    if (name == null
        || seed == null
        || data == null
        || space == null
        || objective == null
        || checkpoints == null) {
      return null;
    }
    return new PandaDefinition(
        name,
        text,
        data,
        PandaDefinition.openEnded(space.parameters(new Point(Map.of()))),
        epochs(file, space),
        seed,
        objective,
        checkpoints,
        null,
        null);
  }

  /** Without anything to sample; null, reported, if there is no such one. */
  private static @Nullable SearchSpace space(Mapping file, Problems problems) {
    if (!file.has("parameters") && !file.has("fixed")) {
      problems.add(
          file.node(),
          "parameters is missing; add what to train with, such as parameters: {learning_rate:"
              + " 0.01, hidden_units: 64}");
      return null;
    }
    SearchSpace space = new SpaceReader(problems, false).read(file);
    if (space == null) {
      return null;
    }
    if (!space.dimensions().isEmpty()) {
      Mapping section = section(file, "parameters");
      space.dimensions().stream()
          .map(Dimension::parameter)
          .distinct()
          .forEach(
              parameter ->
                  problems.add(
                      section == null ? file.node() : section.at(parameter),
                      parameter
                          + ": a panda is one model, so it has one value; `caviar submit`"
                          + " samples"));
      return null;
    }
    return space;
  }

  /** Sweeps have a standard number of epochs; what nobody named is no end here. */
  private static int epochs(Mapping file, SearchSpace space) {
    boolean named =
        Stream.of("parameters", "fixed")
            .map(key -> section(file, key))
            .anyMatch(section -> section != null && section.has(Hyperparameter.EPOCHS.key()));
    return named
            && space.constants().get(Hyperparameter.EPOCHS.key())
                instanceof ParameterValue.Whole(long epochs)
        ? Math.toIntExact(epochs)
        : PandaDefinition.OPEN_END;
  }

  /** Read for the second time, so whatever is wrong with it is reported already. */
  private static @Nullable Mapping section(Mapping file, String key) {
    Node node = file.value(key);
    return node == null
        ? null
        : Mapping.read(node, "", Hyperparameter.keys().toList(), new Problems());
  }

  private static @Nullable CheckpointPolicy checkpoints(Mapping file, Problems problems) {
    CheckpointPolicy standard = CheckpointPolicy.STANDARD;
    Node node = file.value("checkpoints");
    if (node == null) {
      return standard;
    }
    Mapping section =
        Mapping.read(node, "checkpoints: ", List.of("every", "keep_all", "keep_hourly"), problems);
    if (section == null) {
      return null;
    }
    Durations durations = new Durations(problems);
    Duration every = durations.read(section, "every", "checkpoints: ", standard.every());
    Duration keepAll = durations.read(section, "keep_all", "checkpoints: ", standard.keepAll());
    Duration keepHourly =
        durations.read(section, "keep_hourly", "checkpoints: ", standard.keepHourly());
    if (every == null || keepAll == null || keepHourly == null) {
      return null;
    }
    if (every.compareTo(LEAST_EVERY) < 0) {
      problems.add(section.at("every"), "checkpoints: every must be at least 1s");
    }
    if (keepHourly.compareTo(keepAll) < 0) {
      problems.add(
          section.at(section.has("keep_hourly") ? "keep_hourly" : "keep_all"),
          "checkpoints: keep_hourly must not be shorter than keep_all, whose checkpoints it thins");
    }
    return new CheckpointPolicy(every, keepAll, keepHourly);
  }
}
