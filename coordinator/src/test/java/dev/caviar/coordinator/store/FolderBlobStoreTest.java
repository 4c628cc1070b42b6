package dev.caviar.coordinator.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.BlobRef;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NullUnmarked
class FolderBlobStoreTest extends BlobStoreContract {
  @TempDir Path folder;
  private BlobStore store;

  @BeforeEach
  void open() {
    store = new FolderBlobStore(folder);
  }

  @Override
  BlobStore store() {
    return store;
  }

  private BlobRef put() throws IOException {
    return store.put(BlobKind.CHECKPOINT, new ByteArrayInputStream("caviar".getBytes(UTF_8)), 100);
  }

  private Path file(BlobRef ref) {
    return folder
        .resolve("checkpoint")
        .resolve(ref.getSha256().substring(0, 2))
        .resolve(ref.getSha256().substring(2));
  }

  @Test
  void aBlobIsAFileByItsKindAndHash() throws IOException {
    assertThat(file(put())).hasContent("caviar");
  }

  @Test
  void blobsAreThereAfterARestartAndHalfWrittenOnesAreNot() throws IOException {
    BlobRef ref = put();
    Path left = Files.writeString(folder.resolve("incoming/blob-1.part"), "cav");

    BlobStore reopened = new FolderBlobStore(folder);

    assertThat(reopened.contains(BlobKind.CHECKPOINT, ref.getSha256())).isTrue();
    assertThat(left).doesNotExist();
  }

  @Test
  void nothingIsLeftOfWhatCouldNotBeTaken() throws IOException {
    assertThatThrownBy(() -> store.put(BlobKind.DATA, new ByteArrayInputStream(new byte[11]), 10))
        .isInstanceOf(BlobStore.BlobTooLargeException.class);

    try (var left = Files.list(folder.resolve("incoming"))) {
      assertThat(left).isEmpty();
    }
    assertThat(folder.resolve("data")).doesNotExist();
  }

  @Test
  void damagedBytesAreNoticed() throws IOException {
    BlobRef ref = put();
    Files.writeString(file(ref), "caviaR");

    try (InputStream in = store.open(BlobKind.CHECKPOINT, ref.getSha256())) {
      assertThatThrownBy(in::readAllBytes)
          .isInstanceOf(IOException.class)
          .hasMessageContaining(ref.getSha256() + " are damaged");
    }
  }
}
