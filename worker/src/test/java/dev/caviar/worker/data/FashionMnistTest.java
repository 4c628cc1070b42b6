package dev.caviar.worker.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caviar.proto.v1.DataSource;
import dev.caviar.proto.v1.IdxSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Reads the real files where they are installed; Debian has them in dataset-fashion-mnist. */
class FashionMnistTest {
  private static final Path DIRECTORY =
      Path.of(System.getProperty("caviar.fashion-mnist", "/usr/share/datasets/fashion-mnist"));

  @BeforeEach
  void requireFiles() {
    assumeTrue(
        Files.isDirectory(DIRECTORY),
        "skipped: no Fashion-MNIST in "
            + DIRECTORY
            + "; install dataset-fashion-mnist or set -Dcaviar.fashion-mnist=DIRECTORY");
  }

  private static String file(String name) {
    return DIRECTORY.resolve(name).toString();
  }

  @Test
  void readsAll70000Images() {
    DataSource source =
        DataSource.newBuilder()
            .setIdx(
                IdxSource.newBuilder()
                    .setImages(file("train-images-idx3-ubyte.gz"))
                    .setLabels(file("train-labels-idx1-ubyte.gz"))
                    .setTestImages(file("t10k-images-idx3-ubyte.gz"))
                    .setTestLabels(file("t10k-labels-idx1-ubyte.gz")))
            .setDevFraction(0.1)
            .setNormalize(true)
            .build();

    Dataset dataset = DatasetLoader.load(source);
    assertThat(dataset.examples().count()).isEqualTo(60_000);
    assertThat(dataset.examples().width()).isEqualTo(784);
    assertThat(Objects.requireNonNull(dataset.test()).count()).isEqualTo(10_000);
    assertThat(dataset.classNames()).hasSize(10);
    assertThat(dataset.sha256())
        .isEqualTo("3055358320fe85ac31f6b7fedc56a7637c5e46784f538fad47518c1525bb1501");

    DataSplits splits = DataSplits.of(dataset, source);
    int[] dev = new int[10];
    for (float target : splits.dev().targets()) {
      dev[(int) target]++;
    }
    assertThat(dev).containsOnly(600);
    assertThat(splits.test().count()).isEqualTo(10_000);
  }
}
