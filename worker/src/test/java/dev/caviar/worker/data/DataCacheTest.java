package dev.caviar.worker.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caviar.proto.v1.DataSource;
import java.lang.ref.SoftReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DataCacheTest {
  @TempDir private Path directory;

  private static DataSplits load(DataSource source) {
    return DataSplits.of(DatasetLoader.load(source), source);
  }

  private DataSource source(String... lines) {
    return DataFiles.source(DataFiles.csv(DataFiles.write(directory.resolve("data.csv"), lines)));
  }

  @Test
  void loadsASourceOnce() {
    var cache = new DataCache();
    DataSplits digits = cache.get(DataFiles.digits());

    assertThat(cache.get(DataFiles.digits())).isSameAs(digits);
    DataSource otherSeed = DataFiles.digits().toBuilder().setSplitSeed(43).build();
    assertThat(cache.get(otherSeed)).isNotSameAs(digits);
    assertThat(cache.get(DataFiles.digits())).isSameAs(digits);
  }

  @Test
  void loadsOnceForAllWhoAskMeanwhile() throws Exception {
    var loads = new AtomicInteger();
    var asked = new CountDownLatch(1);
    var cache =
        new DataCache(
            source -> {
              loads.incrementAndGet();
              try {
                asked.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              return load(source);
            },
            SoftReference::new);
    try (var threads = Executors.newFixedThreadPool(8)) {
      List<Future<DataSplits>> results = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        results.add(threads.submit(() -> cache.get(DataFiles.digits())));
      }
      asked.countDown();
      DataSplits first = results.getFirst().get();
      for (Future<DataSplits> result : results) {
        assertThat(result.get()).isSameAs(first);
      }
    }
    assertThat(loads).hasValue(1);
  }

  @Test
  void loadsAFileAnewWhenItHasChanged() throws Exception {
    var cache = new DataCache();
    DataSource source = source("1,0", "2,0", "3,1", "4,1");
    DataSplits before = cache.get(source);
    assertThat(cache.get(source)).isSameAs(before);

    source("1,0", "2,0", "3,1", "5,1");
    Files.setLastModifiedTime(directory.resolve("data.csv"), FileTime.fromMillis(1));
    DataSplits after = cache.get(source);

    assertThat(after.dataset().sha256()).isNotEqualTo(before.dataset().sha256());
    assertThat(cache.get(source)).isSameAs(after);
  }

  @Test
  void forgetsFailures() {
    var cache = new DataCache();
    DataSource source = source("1,0", "x,1");
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> cache.get(source))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("line 2");
    }
    // The same size and perhaps the same time: a failure must not need either to change.
    source("1,0", "2,1", "3,0");
    assertThat(cache.get(source).train().count()).isEqualTo(2);
  }

  @Test
  void tellsAllWhoWaitedWhatFailed() throws Exception {
    var loading = new CountDownLatch(1);
    var fail = new CountDownLatch(1);
    var cache =
        new DataCache(
            source -> {
              loading.countDown();
              try {
                fail.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              throw new DataException("no good");
            },
            SoftReference::new);
    try (var threads = Executors.newFixedThreadPool(2)) {
      Future<DataSplits> first = threads.submit(() -> cache.get(DataFiles.digits()));
      loading.await();
      Future<DataSplits> second = threads.submit(() -> cache.get(DataFiles.digits()));
      fail.countDown();
      for (var result : List.of(first, second)) {
        assertThatThrownBy(result::get)
            .hasCauseInstanceOf(DataException.class)
            .hasMessageContaining("no good");
      }
    }
  }

  @Test
  void noticesAFileThatChangesWhileItIsRead() {
    DataSource source = source("1,0", "2,0", "3,1", "4,1");
    var cache =
        new DataCache(
            same -> {
              DataSplits splits = load(same);
              source("1,0", "2,0", "3,1", "4,1", "5,1");
              return splits;
            },
            SoftReference::new);

    assertThatThrownBy(() -> cache.get(source))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("changed while it was read")
        .hasMessageContaining("data.csv");
  }

  @Test
  void loadsAnewWhatTheJvmHasDropped() {
    List<SoftReference<DataSplits>> kept = new ArrayList<>();
    var cache =
        new DataCache(
            DataCacheTest::load,
            splits -> {
              var reference = new SoftReference<>(splits);
              kept.add(reference);
              return reference;
            });
    DataSplits before = cache.get(DataFiles.digits());
    kept.getFirst().clear();
    DataSplits after = cache.get(DataFiles.digits());

    assertThat(after).isNotSameAs(before);
    assertThat(after.dataset().sha256()).isEqualTo(before.dataset().sha256());
    assertThat(cache.get(DataFiles.digits())).isSameAs(after);
  }
}
