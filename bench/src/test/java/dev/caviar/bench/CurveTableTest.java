package dev.caviar.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.caviar.coordinator.search.History;
import dev.caviar.coordinator.search.Proposal;
import dev.caviar.coordinator.search.RandomSampler;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.SweepDefinition.EarlyStopping;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import dev.caviar.proto.v1.DataSource;
import dev.caviar.worker.backend.CpuBackend;
import dev.caviar.worker.data.DataSplits;
import dev.caviar.worker.data.DatasetLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NullUnmarked
class CurveTableTest {
  private static final Path FOLDER = Path.of("table");

  @TempDir Path folder;

  private final CurveGrid grid = CurveGrid.read(FOLDER.resolve("table.yaml"));
  private final CurveTable table = CurveTable.read(FOLDER.resolve("digits.curves"));

  CurveTableTest() throws Exception {}

  @Test
  void readsWhatItWrote() throws IOException {
    CurveTable written = new CurveTable(2, 2, 3, 899);
    written.put(1, 0, 1, 890.0 / 899, 2.25);
    written.put(1, 0, 2, 3.0 / 899, 0.0123);
    Path file = folder.resolve("curves");
    written.write(file);

    CurveTable read = CurveTable.read(file);

    assertThat(read.settings()).isEqualTo(2);
    assertThat(read.seeds()).isEqualTo(2);
    assertThat(read.epochs()).isEqualTo(3);
    assertThat(read.error(1, 0, 1)).isEqualTo(890.0 / 899);
    assertThat(read.error(1, 0, 2)).isEqualTo(3.0 / 899);
    assertThat(read.loss(1, 0, 1)).isEqualTo(2.25, within(0.005 * 2.25));
    assertThat(read.loss(1, 0, 2)).isEqualTo(0.0123, within(0.005 * 0.0123));
    assertThat(read.error(1, 0, 3)).as("after it diverged").isEqualTo(1);
    assertThat(read.loss(1, 0, 3)).isInfinite();
    assertThat(read.meanError(1, 2)).isEqualTo((3.0 / 899 + 1) / 2, within(1e-12));
  }

  @Test
  void saysThatAFileIsCutOff() throws IOException {
    byte[] whole = Files.readAllBytes(FOLDER.resolve("digits.curves"));
    Path file = folder.resolve("half");
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));

    assertThatThrownBy(() -> CurveTable.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("half: is cut off or no table of curves");
  }

  @Test
  void theTableIsOfTheGrid() {
    assertThat(grid.points()).hasSize(13 * 5 * 4 * 4 * 3);
    assertThat(table.settings()).isEqualTo(grid.points().size());
    assertThat(table.seeds()).isEqualTo(3);
    assertThat(table.epochs()).isEqualTo(grid.sweep().epochs());
  }

  /** On another processor sums are rounded otherwise, so not to the last bit. */
  @Test
  void theTableHasWhatTrainingGives() {
    DataSource source = grid.sweep().data();
    DataSplits data = DataSplits.of(DatasetLoader.load(source), source);
    int best =
        IntStream.range(0, table.settings())
            .filter(setting -> table.meanError(setting, table.epochs()) == table.lowest())
            .findFirst()
            .orElseThrow();

    String[] curve = CurveTableMaker.curve(grid, best, 1, data, new CpuBackend()).split(" ");

    assertThat(curve).hasSize(2 * table.epochs());
    for (int epoch : new int[] {1, 9, 27}) {
      assertThat(Double.parseDouble(curve[2 * epoch - 2]))
          .as("dev error after epoch %d", epoch)
          .isEqualTo(table.error(best, 1, epoch), within(0.03));
    }
  }

  @Test
  void aPointIsTakenForTheNearestOfTheGridOnItsScale() {
    for (int i = 0; i < grid.points().size(); i++) {
      assertThat(grid.nearest(grid.points().get(i))).isEqualTo(i);
    }
    Map<String, ParameterValue> values = new HashMap<>(grid.points().getFirst().values());
    // Between 0.001 and 0.002154 the middle is 0.001468 on the log scale, 0.00158 on a linear one.
    values.put("learning_rate", new ParameterValue.Real(0.00146));
    assertThat(grid.nearest(new Point(values))).isZero();
    values.put("learning_rate", new ParameterValue.Real(0.00148));
    assertThat(grid.nearest(new Point(values))).isEqualTo(grid.points().size() / 13);
  }

  @Test
  void aSweepFindsTheBestOfItsTrials() {
    TableSweep sweep = sweep(new EarlyStopping.None(), 20, 1);
    sweep.spend(20L * table.epochs());

    RandomSampler sampler = new RandomSampler(grid.space(), new Search.Random(20, 5));
    double[] errors =
        IntStream.range(0, 20)
            .mapToObj(trial -> sampler.propose(trial, new History(List.of(), true)))
            .map(proposal -> grid.nearest(((Proposal.Sampled) proposal).point()))
            .mapToDouble(setting -> table.meanError(setting, table.epochs()))
            .toArray();
    int best = IntStream.range(0, 20).reduce(0, (a, b) -> errors[b] < errors[a] ? b : a);
    assertThat(sweep.trials()).isEqualTo(20);
    assertThat(sweep.improvements().getLast())
        .isEqualTo(new TableSweep.Improvement((best + 1L) * table.epochs(), errors[best]));
  }

  @Test
  void aScheduleBeginsMoreTrialsWithAsManyEpochs() {
    long epochs = 40L * table.epochs();
    TableSweep all = sweep(new EarlyStopping.None(), 1_000, 4);
    TableSweep halved = sweep(new EarlyStopping.SuccessiveHalving(1, 3), 27, 4);
    all.spend(epochs);
    halved.spend(epochs);

    assertThat(all.trials()).isEqualTo(40);
    // 27 to epoch 1, 9 to epoch 3, 3 to epoch 9, and one of them to the end.
    assertThat(halved.trials()).isEqualTo(27);
    assertThat(halved.improvements())
        .extracting(TableSweep.Improvement::epochs)
        .containsExactly(27 + 9 * 2 + 3 * 6 + 18L);
  }

  private TableSweep sweep(EarlyStopping earlyStopping, int trials, int workers) {
    return new TableSweep(grid, table, new Search.Random(trials, 5), earlyStopping, workers);
  }
}
