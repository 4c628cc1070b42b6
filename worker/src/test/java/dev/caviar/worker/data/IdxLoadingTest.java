package dev.caviar.worker.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caviar.proto.v1.DataSource;
import dev.caviar.proto.v1.Task;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxLoadingTest {
  @TempDir private Path directory;
  private Path images;
  private Path labels;

  @BeforeEach
  void namePaths() {
    images = directory.resolve("images");
    labels = directory.resolve("labels");
  }

  private Dataset load(byte[] imageBytes, byte[] labelBytes) {
    DataFiles.write(images, imageBytes);
    DataFiles.write(labels, labelBytes);
    return DatasetLoader.load(DataFiles.source(images, labels));
  }

  private void assertRefused(byte[] imageBytes, byte[] labelBytes, String... messages) {
    assertThatThrownBy(() -> load(imageBytes, labelBytes))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(messages);
  }

  private DataSource withTest(byte[] testImages, byte[] testLabels) {
    Path testImageFile = DataFiles.write(directory.resolve("test-images"), testImages);
    Path testLabelFile = DataFiles.write(directory.resolve("test-labels"), testLabels);
    DataSource.Builder source = DataFiles.source(images, labels).toBuilder();
    source
        .getIdxBuilder()
        .setTestImages(testImageFile.toString())
        .setTestLabels(testLabelFile.toString());
    return source.build();
  }

  @Test
  void readsImagesAndLabels() {
    Dataset dataset = load(DataFiles.images(3, 10, 10), DataFiles.labels(7, 255, 7));

    assertThat(dataset.examples().count()).isEqualTo(3);
    assertThat(dataset.examples().width()).isEqualTo(100);
    assertThat(dataset.examples().features()).startsWith(0, 1, 2).endsWith(42, 43);
    assertThat(dataset.examples().features()[255]).isEqualTo(255);
    assertThat(dataset.examples().targets()).containsExactly(0, 1, 0);
    assertThat(dataset.classNames()).containsExactly("7", "255");
    assertThat(dataset.task()).isEqualTo(Task.CLASSIFICATION);
  }

  @Test
  void readsGzip() {
    byte[] imageBytes = DataFiles.images(3, 300, 300);
    byte[] labelBytes = DataFiles.labels(1, 2, 3);

    assertThat(load(DataFiles.gzip(imageBytes), DataFiles.gzip(labelBytes)).sha256())
        .isEqualTo(load(imageBytes, labelBytes).sha256());
  }

  @Test
  void bringsItsOwnTestSet() {
    load(DataFiles.images(8, 2, 2), DataFiles.labels(3, 5, 3, 5, 3, 5, 3, 5));
    DataSource source = withTest(DataFiles.images(2, 2, 2), DataFiles.labels(5, 3));

    Dataset dataset = DatasetLoader.load(source);
    assertThat(Objects.requireNonNull(dataset.test()).targets()).containsExactly(1, 0);
    DataSplits splits = DataSplits.of(dataset, source);
    assertThat(splits.test().count()).isEqualTo(2);
    assertThat(splits.dev().count()).isEqualTo(2);
    assertThat(splits.train().count()).isEqualTo(6);

    assertThatThrownBy(
            () -> DataSplits.of(dataset, source.toBuilder().setTestFraction(0.1).build()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("it must be 0, as the data has its own test examples");
  }

  @Test
  void refusesATestSetThatDoesNotFit() {
    load(DataFiles.images(2, 2, 2), DataFiles.labels(3, 5));

    DataSource otherSize = withTest(DataFiles.images(2, 2, 3), DataFiles.labels(5, 3));
    assertThatThrownBy(() -> DatasetLoader.load(otherSize))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("images of 2 × 3")
        .hasMessageContaining("are 2 × 2");
    DataSource unseen = withTest(DataFiles.images(2, 2, 2), DataFiles.labels(5, 4));
    assertThatThrownBy(() -> DatasetLoader.load(unseen))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("test-labels: byte 9: label 4, which no training example has");
    DataSource.Builder half = otherSize.toBuilder();
    half.getIdxBuilder().clearTestLabels();
    assertThatThrownBy(() -> DatasetLoader.load(half.build()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("both be given or neither");
  }

  @Test
  void noticesSwappedFiles() {
    assertRefused(
        DataFiles.labels(0, 1),
        DataFiles.images(2, 2, 2),
        images.toString(),
        "byte 0: magic number 0x00000801; a file of images begins with 0x00000803",
        "are the paths of images and labels swapped?");
    assertRefused(
        DataFiles.images(2, 2, 2), DataFiles.images(2, 2, 2), labels.toString(), "swapped?");
    assertRefused(new byte[100], DataFiles.labels(0, 1), "byte 0: magic number 0x00000000");
  }

  @Test
  void refusesFilesCutShort() {
    byte[] whole = DataFiles.images(2, 2, 2);
    byte[] two = DataFiles.labels(0, 1);
    assertRefused(
        Arrays.copyOf(whole, whole.length - 1),
        two,
        "is cut short: 2 × 2 × 2 pixels need 24 bytes with their header, and it has 23");
    assertRefused(Arrays.copyOf(whole, 15), two, "ends at byte 15, within its header of 16 bytes");
    assertRefused(new byte[0], two, "ends at byte 0");
    assertRefused(
        DataFiles.gzip(Arrays.copyOf(whole, whole.length - 1)), two, "ends at byte 23", "need 24");
    byte[] gzip = DataFiles.gzip(whole);
    assertRefused(Arrays.copyOf(gzip, gzip.length - 9), two, "damaged gzip: it ends too early");
    assertRefused(whole, Arrays.copyOf(two, 9), labels.toString(), "is cut short: 2 labels");
  }

  @Test
  void refusesDamagedGzip() {
    byte[] gzip = DataFiles.gzip(DataFiles.images(2, 20, 20));
    // The checksum stands in the fifth to eighth byte from the end.
    gzip[gzip.length - 8] ^= 1;
    assertRefused(gzip, DataFiles.labels(0, 1), "damaged gzip");
  }

  @Test
  void refusesBytesBehindTheEnd() {
    byte[] whole = DataFiles.images(2, 2, 2);
    byte[] more = Arrays.copyOf(whole, whole.length + 1);
    assertRefused(
        more, DataFiles.labels(0, 1), "goes on after byte 24, where its 2 × 2 × 2 pixels end");
    assertRefused(DataFiles.gzip(more), DataFiles.labels(0, 1), "goes on after byte 24");
  }

  @Test
  void refusesAbsurdSizesBeforeItAllocatesThem() {
    byte[] two = DataFiles.labels(0, 1);
    assertRefused(header(2_000_000_000, 1, 1), two, "is cut short: 2000000000 × 1 × 1 pixels");
    assertRefused(header(Integer.MAX_VALUE, 1, 1), two, "byte 4: declares a size of 2147483647");
    assertRefused(
        header(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE), two, "product 2147483639");
    assertRefused(header(-1, 1, 1), two, "byte 4: declares a size of -1");
    assertRefused(header(2, 0, 1), two, "byte 8: declares a size of 0");
    assertRefused(DataFiles.gzip(header(1 << 20, 28, 28)), two, "is cut short");
  }

  private static byte[] header(int count, int rows, int columns) {
    return ByteBuffer.allocate(16)
        .putInt(0x0803)
        .putInt(count)
        .putInt(rows)
        .putInt(columns)
        .array();
  }

  @Test
  void refusesLabelsThatDoNotFitTheImages() {
    assertRefused(
        DataFiles.images(3, 2, 2),
        DataFiles.labels(0, 1),
        labels + ": has 2 labels for the 3 images of " + images);
    assertRefused(DataFiles.images(2, 2, 2), DataFiles.labels(4, 4), "every label is 4");
  }

  @Test
  void refusesWhatIsNoFile() {
    assertThatThrownBy(() -> DatasetLoader.load(DataFiles.source(images, labels)))
        .isInstanceOf(DataException.class)
        .hasMessage(images + ": no such file on this machine");
    assertThatThrownBy(() -> DatasetLoader.load(DataFiles.source(directory, labels)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("is a directory");
  }
}
