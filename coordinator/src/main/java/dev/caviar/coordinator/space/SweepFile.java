package dev.caviar.coordinator.space;

import dev.caviar.coordinator.space.SweepDefinition.Constraint;
import dev.caviar.coordinator.space.SweepDefinition.EarlyStopping;
import dev.caviar.coordinator.space.SweepDefinition.Objective;
import dev.caviar.coordinator.space.SweepDefinition.Repeats;
import dev.caviar.coordinator.space.SweepDefinition.Retest;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import dev.caviar.proto.v1.DataSource;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * Reads sweep files: YAML that says what to train on, which hyperparameters to sample on which
 * scales, and how to search. docs/sweep-file.md describes the format to people, and the resource
 * {@code dev/caviar/sweep.schema.json} to editors.
 */
public final class SweepFile {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final String LAYER_STATISTICS = "layer_statistics";
  private static final List<String> KEYS =
      List.of(
          "name",
          "data",
          "parameters",
          "fixed",
          "objective",
          "objectives",
          "constraints",
          "search",
          "schedule",
          LearningRatePathReader.KEY,
          "retest",
          LAYER_STATISTICS);

  private SweepFile() {}

  /**
   * Understands a sweep file. Looks at the text alone: whether the data exist is found when they
   * are loaded.
   *
   * @param text of the file
   * @param baseDirectory what relative paths in it start from, usually the file's directory
   * @throws SweepFileException with everything that is wrong with it
   */
  public static SweepDefinition parse(String text, Path baseDirectory) throws SweepFileException {
    Problems problems = new Problems();
    Node root = SweepFileText.compose(text, problems);
    Mapping file = root == null ? null : Mapping.read(root, "", KEYS, problems);
    SweepDefinition definition =
        file == null ? null : read(file, text, baseDirectory.toAbsolutePath(), problems);
    if (definition == null || !problems.isEmpty()) {
      throw new SweepFileException(problems.inFileOrder());
    }
    return definition;
  }

  /** Reads all sections, whatever is wrong with one of them; null only if something is reported. */
  private static @Nullable SweepDefinition read(
      Mapping file, String text, Path baseDirectory, Problems problems) {
    SearchReader searchReader = new SearchReader(problems);
    String name = name(file, problems);
    Search search = searchReader.search(file);
    long seed = search == null ? 0 : search.seed();
    DataSource data = new DataReader(baseDirectory, problems).read(file, seed);
    SearchSpace space = new SpaceReader(problems).read(file);
    if (search != null && space != null) {
      searchReader.check(file, search, space);
    }
    ObjectiveReader objectiveReader = new ObjectiveReader(problems);
    List<Objective> objectives = objectiveReader.objectives(file, ScheduleReader.epochs(space));
    List<Constraint> constraints = objectiveReader.constraints(file);
    EarlyStopping earlyStopping = new ScheduleReader(problems).read(file, search, space);
    LearningRatePath path = new LearningRatePathReader(problems).read(file, space, earlyStopping);
    Repeats repeats = searchReader.repeats(file, search, earlyStopping);
    Retest retest = new RetestReader(problems).read(file);
    Boolean layerStatistics =
        new Scalars(problems).flag(file.value(LAYER_STATISTICS), LAYER_STATISTICS, false);
    if (objectives != null && search != null && earlyStopping != null) {
      objectiveReader.check(file, objectives, search, earlyStopping);
    }
    if (name == null
        || path == null
        || earlyStopping == null
        || search == null
        || data == null
        || space == null
        || objectives == null
        || constraints == null
        || repeats == null
        || layerStatistics == null
        || !(space.constants().get(Hyperparameter.EPOCHS.key())
            instanceof ParameterValue.Whole(long epochs))) {
      return null;
    }
    return new SweepDefinition(
        name,
        text,
        data,
        space.along(path),
        Math.toIntExact(epochs),
        objectives,
        constraints,
        search,
        repeats,
        earlyStopping,
        retest,
        layerStatistics);
  }

  /** A name that is safe as that of a file; null, reported, if there is none. */
  static @Nullable String name(Mapping file, Problems problems) {
    Node node = file.value("name");
    if (node == null) {
      problems.add(file.node(), "name is missing; add a line such as name: digits");
      return null;
    }
    if (node instanceof ScalarNode scalar && NAME.matcher(scalar.getValue()).matches()) {
      return scalar.getValue();
    }
    problems.add(
        node,
        "name must be 1 to 64 letters, digits, dots, dashes and underscores, the first a letter or"
            + " digit, "
            + Scalars.is(node));
    return null;
  }
}
