package dev.caviar.worker.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.worker.backend.Examples;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class DataHashTest {
  private static final int COUNT = 700;
  private static final int WIDTH = 30;

  private static Examples examples() {
    float[] features = new float[COUNT * WIDTH];
    for (int i = 0; i < features.length; i++) {
      features[i] = i;
    }
    return new Examples(COUNT, WIDTH, features, 1, new float[COUNT]);
  }

  @Property(tries = 50)
  void changesWithAnyFeature(@ForAll @IntRange(max = COUNT * WIDTH - 1) int index) {
    Examples examples = examples();
    String before = DataHash.sha256(examples, null);
    examples.features()[index] = Math.nextUp(examples.features()[index]);
    assertThat(DataHash.sha256(examples, null)).isNotEqualTo(before);
  }

  @Property(tries = 50)
  void changesWithAnyTarget(@ForAll @IntRange(max = COUNT - 1) int index) {
    Examples examples = examples();
    String before = DataHash.sha256(examples, null);
    examples.targets()[index] = 1;
    assertThat(DataHash.sha256(examples, null)).isNotEqualTo(before);
  }

  @Test
  void tellsTrainingFromTestExamples() {
    var one = new Examples(1, 2, new float[] {1, 2}, 1, new float[1]);
    var two = new Examples(2, 1, new float[] {1, 2}, 1, new float[2]);
    assertThat(DataHash.sha256(one, null)).hasSize(64).isNotEqualTo(DataHash.sha256(two, null));
    assertThat(DataHash.sha256(one, two)).isNotEqualTo(DataHash.sha256(two, one));
    assertThat(DataHash.sha256(one, null)).isNotEqualTo(DataHash.sha256(one, one));
  }
}
