package dev.caviar.coordinator.store;

import java.nio.file.Path;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.io.TempDir;

@NullUnmarked
class EmbeddedJournalTest extends JournalContract {
  @TempDir Path folder;

  @Override
  Stores open() {
    return Stores.embedded(folder);
  }
}
