package dev.caviar.coordinator.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caviar.coordinator.store.BlobStore.BlobTooLargeException;
import dev.caviar.coordinator.store.BlobStore.NoSuchBlobException;
import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.BlobRef;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every blob store does. */
abstract class BlobStoreContract {
  private static final String NONE = "0".repeat(64);

  /** One that may hold blobs of other tests already. */
  abstract BlobStore store();

  private static byte[] bytes(int size, long seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private BlobRef put(BlobKind kind, byte[] bytes) throws IOException {
    return store().put(kind, new ByteArrayInputStream(bytes), Long.MAX_VALUE);
  }

  private byte[] get(BlobKind kind, BlobRef ref) throws IOException {
    try (InputStream in = store().open(kind, ref.getSha256())) {
      return in.readAllBytes();
    }
  }

  @Test
  void namesBytesByTheirHash() throws IOException {
    BlobRef ref = put(BlobKind.MODEL, "caviar".getBytes(UTF_8));

    // As sha256sum says.
    assertThat(ref.getSha256())
        .isEqualTo("92d531099e2b391e1995962dbdc0c9559cdf4c2f2e0900929d10d8b39bfac7f8");
    assertThat(ref.getSize()).isEqualTo(6);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 65_536, 262_143, 262_144, 262_145, 1_000_000})
  void givesBackWhatItTook(int size) throws IOException {
    byte[] bytes = bytes(size, size);

    BlobRef ref = put(BlobKind.CHECKPOINT, bytes);

    assertThat(ref.getSize()).isEqualTo(size);
    assertThat(store().contains(BlobKind.CHECKPOINT, ref.getSha256())).isTrue();
    assertThat(get(BlobKind.CHECKPOINT, ref)).isEqualTo(bytes);
  }

  @Test
  void givesSingleBytesAndSkips() throws IOException {
    byte[] bytes = bytes(600_000, 11);
    BlobRef ref = put(BlobKind.DATA, bytes);

    try (InputStream in = store().open(BlobKind.DATA, ref.getSha256())) {
      assertThat(in.read()).isEqualTo(bytes[0] & 0xff);
      in.skipNBytes(299_999);
      assertThat(in.read()).isEqualTo(bytes[300_000] & 0xff);
      assertThat(in.readAllBytes()).hasSize(299_999);
      assertThat(in.read()).isEqualTo(-1);
    }
  }

  @Test
  void storingAgainChangesNothing() throws IOException {
    byte[] bytes = bytes(10_000, 1);

    BlobRef ref = put(BlobKind.CHECKPOINT, bytes);

    assertThat(put(BlobKind.CHECKPOINT, bytes)).isEqualTo(ref);
    assertThat(get(BlobKind.CHECKPOINT, ref)).isEqualTo(bytes);
  }

  @Test
  void forgetsWhatIsDeletedAndNoOtherKind() throws IOException {
    byte[] bytes = bytes(300_000, 2);
    BlobRef ref = put(BlobKind.CHECKPOINT, bytes);
    put(BlobKind.DATA, bytes);

    store().delete(BlobKind.CHECKPOINT, ref.getSha256());

    assertThat(store().contains(BlobKind.CHECKPOINT, ref.getSha256())).isFalse();
    assertThatThrownBy(() -> store().open(BlobKind.CHECKPOINT, ref.getSha256()))
        .isInstanceOf(NoSuchBlobException.class);
    assertThat(get(BlobKind.DATA, ref)).isEqualTo(bytes);
    // And may be stored anew.
    put(BlobKind.CHECKPOINT, bytes);
    assertThat(get(BlobKind.CHECKPOINT, ref)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "ab",
        "../../../../etc/passwd",
        "/etc/passwd",
        "..",
        "ABCDEF0000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000000\n",
        "../0000000000000000000000000000000000000000000000000000000000000"
      })
  void knowsNothingByAnythingButAHash(String name) throws IOException {
    assertThat(store().contains(BlobKind.DATA, name)).isFalse();
    assertThatThrownBy(() -> store().open(BlobKind.DATA, name))
        .isInstanceOf(NoSuchBlobException.class);
    store().delete(BlobKind.DATA, name);
  }

  @Test
  void saysWhatIsNotThere() throws IOException {
    assertThat(store().contains(BlobKind.MODEL, NONE)).isFalse();
    assertThatThrownBy(() -> store().open(BlobKind.MODEL, NONE))
        .isInstanceOf(NoSuchBlobException.class)
        .hasMessage("there is no MODEL " + NONE);
    store().delete(BlobKind.MODEL, NONE);
  }

  @Test
  void takesAsMuchAsItMayAndNotAByteMore() throws IOException {
    byte[] most = bytes(70_000, 3);
    assertThat(store().put(BlobKind.DATA, new ByteArrayInputStream(most), most.length).getSize())
        .isEqualTo(most.length);

    byte[] more = bytes(70_001, 4);
    assertThatThrownBy(
            () -> store().put(BlobKind.DATA, new ByteArrayInputStream(more), most.length))
        .isInstanceOf(BlobTooLargeException.class)
        .hasMessageContaining("70000");
  }

  @Test
  void aBrokenSourceLeavesNothing() throws IOException {
    byte[] bytes = bytes(100_000, 5);
    InputStream broken =
        new InputStream() {
          private int given;

          @Override
          public int read() throws IOException {
            if (given == 90_000) {
              throw new IOException("the line is dead");
            }
            return bytes[given++] & 0xff;
          }

          @Override
          public int read(byte[] buffer, int offset, int length) throws IOException {
            if (length > 0) {
              buffer[offset] = (byte) read();
            }
            return Math.min(length, 1);
          }
        };

    assertThatThrownBy(() -> store().put(BlobKind.DATA, broken, Long.MAX_VALUE))
        .isInstanceOf(IOException.class)
        .hasMessage("the line is dead");
  }

  @Test
  void manyMayStoreTheSameAtOnce() throws Exception {
    byte[] bytes = bytes(700_000, 6);
    try (ExecutorService threads = Executors.newFixedThreadPool(6)) {
      List<Future<BlobRef>> refs = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        refs.add(threads.submit(() -> put(BlobKind.CHECKPOINT, bytes)));
      }
      for (Future<BlobRef> ref : refs) {
        assertThat(get(BlobKind.CHECKPOINT, ref.get())).isEqualTo(bytes);
      }
    }
  }
}
