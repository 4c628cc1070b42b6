package dev.caviar.coordinator.space;

import dev.caviar.coordinator.space.SweepDefinition.EarlyStopping;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Reads which learning rates trials have from certain epochs on: the section learning_rate_path.
 */
final class LearningRatePathReader {
  static final String KEY = "learning_rate_path";

  private static final String AFTER_EPOCH = "after_epoch";
  private static final String RATE = "rate";
  private static final String FACTOR = "factor";
  private static final String PREFIX = KEY + ": ";

  private final Problems problems;
  private final Scalars scalars;

  LearningRatePathReader(Problems problems) {
    this.problems = problems;
    this.scalars = new Scalars(problems);
  }

  /**
   * Null only if something is reported.
   *
   * @param space null where it is wrong itself
   * @param earlyStopping null where it is wrong itself
   */
  @Nullable LearningRatePath read(
      Mapping file, @Nullable SearchSpace space, @Nullable EarlyStopping earlyStopping) {
    Node node = file.value(KEY);
    if (node == null) {
      return LearningRatePath.NONE;
    }
    if (!(node instanceof SequenceNode list) || list.getValue().isEmpty()) {
      problems.add(
          node,
          PREFIX
              + "must be a list of changes, such as [{after_epoch: 10, factor: 0.1}], "
              + Scalars.is(node));
      return null;
    }
    boolean good = true;
    if (earlyStopping instanceof EarlyStopping.PopulationBased) {
      problems.add(
          file.at(KEY),
          PREFIX
              + "a population changes the learning rate itself; use one of the two, this or"
              + " population_based");
      good = false;
    }
    Integer epochs = space == null ? null : epochs(space);
    List<LearningRatePath.Entry> entries = new ArrayList<>();
    int before = 0;
    for (Node each : list.getValue()) {
      LearningRatePath.Entry entry = entry(each, before, epochs);
      good &= entry != null;
      if (entry != null) {
        entries.add(entry);
        before = entry.afterEpoch();
      }
    }
    return good ? new LearningRatePath(entries) : null;
  }

  private static @Nullable Integer epochs(SearchSpace space) {
    return space.constants().get(Hyperparameter.EPOCHS.key())
            instanceof ParameterValue.Whole(long epochs)
        ? Math.toIntExact(epochs)
        : null;
  }

  private LearningRatePath.@Nullable Entry entry(Node node, int before, @Nullable Integer epochs) {
    Mapping entry = Mapping.read(node, PREFIX, List.of(AFTER_EPOCH, RATE, FACTOR), problems);
    if (entry == null) {
      return null;
    }
    Integer afterEpoch = afterEpoch(entry, before, epochs);
    LearningRatePath.Rate rate = rate(entry);
    return afterEpoch == null || rate == null ? null : new LearningRatePath.Entry(afterEpoch, rate);
  }

  private @Nullable Integer afterEpoch(Mapping entry, int before, @Nullable Integer epochs) {
    Node node = entry.value(AFTER_EPOCH);
    if (node == null) {
      problems.add(
          entry.node(), PREFIX + "after_epoch is missing; say after which epoch it counts");
      return null;
    }
    Long after = scalars.whole(node, PREFIX + AFTER_EPOCH, 1, Integer.MAX_VALUE);
    if (after == null) {
      return null;
    }
    if (after <= before) {
      problems.add(
          node,
          PREFIX
              + "the changes stand in the order of their epochs, so this must be above %d, %s"
                  .formatted(before, Scalars.is(node)));
      return null;
    }
    if (epochs != null && after >= epochs) {
      problems.add(
          node,
          PREFIX
              + "after_epoch must be below the %d epochs of a trial, or it never counts, %s"
                  .formatted(epochs, Scalars.is(node)));
      return null;
    }
    return after.intValue();
  }

  private LearningRatePath.@Nullable Rate rate(Mapping entry) {
    Node rate = entry.value(RATE);
    Node factor = entry.value(FACTOR);
    if ((rate == null) == (factor == null)) {
      problems.add(
          rate == null ? entry.node() : entry.at(FACTOR),
          PREFIX
              + (rate == null
                  ? "rate is missing; say rate: 0.001, or factor: 0.1 of the one that a trial"
                      + " begins with"
                  : "has both rate and factor; keep one"));
      return null;
    }
    if (rate != null) {
      Double value = positive(rate, RATE);
      return value == null ? null : new LearningRatePath.Rate.Absolute(value);
    }
    Double value = factor == null ? null : positive(factor, FACTOR);
    return value == null ? null : new LearningRatePath.Rate.Relative(value);
  }

  private @Nullable Double positive(Node node, String key) {
    Double value = scalars.number(node, PREFIX + key);
    if (value != null && value <= 0) {
      problems.add(node, PREFIX + key + " must be above 0, " + Scalars.is(node));
      return null;
    }
    return value;
  }
}
