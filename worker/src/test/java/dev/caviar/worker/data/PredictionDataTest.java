package dev.caviar.worker.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caviar.proto.v1.Task;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PredictionDataTest {
  private static final ModelSignature NAMED =
      new ModelSignature(2, List.of("a", "b"), Task.CLASSIFICATION, List.of("cat", "dog"), "kind");
  private static final ModelSignature NAMELESS =
      new ModelSignature(2, List.of(), Task.CLASSIFICATION, List.of("3", "5"), "");
  private static final ModelSignature REGRESSION =
      new ModelSignature(2, List.of(), Task.REGRESSION, List.of(), "0");

  @TempDir private Path directory;

  private Path file(String... lines) {
    return DataFiles.write(directory.resolve("rows.csv"), lines);
  }

  private PredictionData named(String label, String... lines) {
    return PredictionData.readCsv(file(lines), true, "", label, NAMED);
  }

  private PredictionData nameless(String label, String... lines) {
    return PredictionData.readCsv(file(lines), false, "", label, NAMELESS);
  }

  private void assertRefused(Runnable reading, String... messages) {
    assertThatThrownBy(reading::run)
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(directory.resolve("rows.csv") + ": ")
        .hasMessageContainingAll(messages);
  }

  @Test
  void findsColumnsByTheirNames() {
    PredictionData data = named("", "id,b,kind,a", "x7,1,dog,2", "x8,3,cat,4");

    assertThat(data.count()).isEqualTo(2);
    assertThat(data.features()).containsExactly(2, 1, 4, 3);
    assertThat(data.targets()).containsExactly(1, 0);
    assertThat(data.labeled().orElseThrow().targets()).containsExactly(1, 0);
  }

  @Test
  void doesWithoutLabels() {
    assertThat(named("", "b,a", "1,2").targets()).isNull();
    assertThat(named("", "id,b,a", "x,1,2").labeled()).isEmpty();
    assertThat(nameless("", "1,2").targets()).isNull();
  }

  @Test
  void takesTheLabelThatTheCallerNames() {
    assertThat(named("truth", "b,truth,a,kind", "1,dog,2,?").targets()).containsExactly(1);
    assertThat(nameless("0", "3.0,1,2", "5,3,4").targets()).containsExactly(0, 1);
  }

  @Test
  void looksForTheLabelWhereTrainingHadIt() {
    assertThat(nameless("", "1,2,5").targets()).containsExactly(1);
    PredictionData first = PredictionData.readCsv(file("0.5,1,2"), false, "", "", REGRESSION);
    assertThat(first.targets()).containsExactly(0.5f);
    assertThat(first.features()).containsExactly(1, 2);

    assertRefused(
        () -> PredictionData.readCsv(file("1,2,dog"), false, "", "", NAMED),
        "none named 'kind'",
        "say which one is the label");
  }

  @Test
  void takesTheOnlyOtherColumnForTheLabelWhereTrainingHadNoNameForIt() {
    var signature =
        new ModelSignature(2, List.of("a", "b"), Task.CLASSIFICATION, List.of("x", "y"), "");

    assertThat(PredictionData.readCsv(file("l,a,b", "y,1,2"), true, "", "", signature).targets())
        .containsExactly(1);
  }

  @Test
  void refusesColumnsThatDoNotFitTheModel() {
    assertRefused(() -> named("", "A,c", "1,2"), "has no column 'a'", "did you mean 'A'?");
    assertRefused(() -> named("", "c,d", "1,2"), "has no column 'a', which the model needs (nor 1");
    assertRefused(() -> named("a", "a,b", "1,2"), "column 'a', which is an input of the model");
    assertRefused(() -> nameless("", "1,2,3,4"), "has 4 columns; the model takes 2 inputs");
    assertRefused(() -> nameless("1", "1,2"), "has 2 columns, the label among them");
    assertRefused(() -> nameless("", "1"), "has 1 columns");
  }

  @Test
  void refusesLabelsThatTheModelDoesNotKnow() {
    assertRefused(
        () -> named("", "a,b,kind", "1,2,dog", "1,2,dot"),
        "line 3: the label, column 'kind', is 'dot', which is none of the model's classes; did you"
            + " mean 'dog'? There are cat, dog");
    assertRefused(
        () -> PredictionData.readCsv(file("low,1,2"), false, "", "", REGRESSION),
        "line 1: the label, column 0, is 'low'; it must be a number");
  }

  @Test
  void refusesBadRowsAsTrainingDoes() {
    assertRefused(() -> nameless("", "1,2", "1,x", "1"), "2 lines cannot be used", "line 3: has 1");
    assertRefused(() -> nameless(""), "is empty");
  }

  @Test
  void readsImagesAndTheirLabels() {
    Path images = DataFiles.write(directory.resolve("images"), DataFiles.images(2, 1, 2));
    Path labels = DataFiles.write(directory.resolve("labels"), DataFiles.labels(5, 3));

    assertThat(PredictionData.readIdx(images, null, NAMELESS).features())
        .containsExactly(0, 1, 2, 3);
    assertThat(PredictionData.readIdx(images, labels, NAMELESS).targets()).containsExactly(1, 0);

    Path larger = DataFiles.write(directory.resolve("larger"), DataFiles.images(2, 2, 2));
    assertThatThrownBy(() -> PredictionData.readIdx(larger, null, NAMELESS))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("images of 2 × 2, which are 4 inputs; the model takes 2");
    assertThatThrownBy(() -> PredictionData.readIdx(images, labels, NAMED))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("byte 8: label 5");
    assertThatThrownBy(() -> PredictionData.readIdx(images, labels, REGRESSION))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("the model is a regression");
  }
}
