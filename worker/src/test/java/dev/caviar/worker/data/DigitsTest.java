package dev.caviar.worker.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.proto.v1.Task;
import dev.caviar.worker.backend.Examples;
import org.junit.jupiter.api.Test;

class DigitsTest {
  @Test
  void shipsWithTheWorker() {
    Dataset digits = DatasetLoader.load(DataFiles.digits());
    Examples examples = digits.examples();

    assertThat(DatasetLoader.builtins()).containsExactly("digits");
    assertThat(examples.count()).isEqualTo(1797);
    assertThat(examples.width()).isEqualTo(64);
    assertThat(digits.task()).isEqualTo(Task.CLASSIFICATION);
    assertThat(digits.classNames())
        .containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");

    int[] byClass = new int[10];
    for (float target : examples.targets()) {
      byClass[(int) target]++;
    }
    assertThat(byClass).containsExactly(178, 182, 177, 183, 181, 182, 181, 179, 174, 180);
    double sum = 0;
    for (float feature : examples.features()) {
      sum += feature;
    }
    assertThat(sum).isEqualTo(561_718);
  }

  @Test
  void itsHashIsTheOneComputedElsewhere() {
    // Python: sha256 of struct.pack of the sizes, the features and the digits, little-endian.
    assertThat(DatasetLoader.load(DataFiles.digits()).sha256())
        .isEqualTo("657f3268cdd04bdc310103ce42944c6c07273eaf5862e826cdac89e860ad38e6");
  }
}
