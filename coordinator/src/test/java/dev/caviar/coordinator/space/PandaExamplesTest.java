package dev.caviar.coordinator.space;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class PandaExamplesTest {
  @Test
  void areUnderstood() throws Exception {
    assertThat(Examples.pandas()).isNotEmpty();
    for (Path file : Examples.pandas()) {
      PandaDefinition panda = PandaFile.parse(Files.readString(file), Examples.DIRECTORY);

      assertThat(panda.epochs()).as(file.toString()).isEqualTo(PandaDefinition.OPEN_END);
    }
  }
}
