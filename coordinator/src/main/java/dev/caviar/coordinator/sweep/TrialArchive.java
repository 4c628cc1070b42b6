package dev.caviar.coordinator.sweep;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.caviar.coordinator.store.BlobStore;
import dev.caviar.proto.v1.BlobKind;
import dev.caviar.proto.v1.BlobRef;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.StoredLastPoint;
import dev.caviar.proto.v1.StoredTrials;
import dev.caviar.proto.v1.TrialState;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Packs a sweep's trials that are over into pages, and tells what is in a page. A trial in a page
 * costs its coordinator no memory, and a snapshot of its sweep names the page's blob instead of its
 * trials. The pages that were read last are kept. Belongs to one actor.
 */
final class TrialArchive {
  private static final int PAGES_KEPT = 8;

  /**
   * What is known of a page's trials.
   *
   * @param trials in the order of their numbers
   * @param attempts in the order of trials and attempts
   * @param lastPoints the newest point of each trial that has a curve
   */
  record Contents(
      List<Trial> trials, List<Attempt> attempts, Map<Integer, CurvePoint> lastPoints) {}

  private final BlobStore blobs;
  private final int pageSize;
  private final Map<TrialPage, Contents> kept =
      new LinkedHashMap<>(16, 0.75F, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<TrialPage, Contents> eldest) {
          return size() > PAGES_KEPT;
        }
      };

  /**
   * @param pageSize trials in a page, at least 1
   */
  TrialArchive(BlobStore blobs, int pageSize) {
    this.blobs = blobs;
    this.pageSize = pageSize;
  }

  /** Trials in a page. */
  int pageSize() {
    return pageSize;
  }

  /** A page that no blob holds yet. */
  static TrialPage pack(Contents contents) {
    StoredTrials.Builder stored = StoredTrials.newBuilder();
    Map<TrialState, Integer> counts = new EnumMap<>(TrialState.class);
    for (Trial trial : contents.trials()) {
      stored.addTrials(SweepSnapshots.stored(trial));
      counts.merge(trial.state(), 1, Integer::sum);
      CurvePoint last = contents.lastPoints().get(trial.number());
      if (last != null) {
        stored.addLastPoints(StoredLastPoint.newBuilder().setTrial(trial.number()).setPoint(last));
      }
    }
    contents.attempts().forEach(attempt -> stored.addAttempts(SweepSnapshots.stored(attempt)));
    return TrialPage.packed(
        contents.trials().getFirst().number(), counts, deflated(stored.build().toByteArray()));
  }

  private static byte[] deflated(byte[] bytes) {
    ByteArrayOutputStream deflated = new ByteArrayOutputStream();
    // Names and workers are the same in all trials: what is quick finds them too.
    Deflater deflater = new Deflater(Deflater.BEST_SPEED);
    try (DeflaterOutputStream out = new DeflaterOutputStream(deflated, deflater)) {
      out.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      deflater.end();
    }
    return deflated.toByteArray();
  }

  /**
   * Stores a page's bytes, for good once this returns. Blocking; by any thread.
   *
   * @throws UncheckedIOException if they cannot be stored
   */
  BlobRef store(byte[] bytes) {
    try {
      return blobs.put(BlobKind.TRIALS, new ByteArrayInputStream(bytes), bytes.length);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * What is in a page.
   *
   * @throws UncheckedIOException if its blob cannot be read
   */
  Contents contents(TrialPage page) {
    Contents known = kept.get(page);
    if (known == null) {
      known = read(page);
      kept.put(page, known);
    }
    return known;
  }

  private Contents read(TrialPage page) {
    byte[] bytes = page.bytes();
    try (InputStream packed = bytes == null ? open(page.blob()) : new ByteArrayInputStream(bytes)) {
      StoredTrials stored = StoredTrials.parseFrom(new InflaterInputStream(packed).readAllBytes());
      // To the end, where a stored blob is checked.
      packed.transferTo(ByteArrayOutputStream.nullOutputStream());
      Map<Integer, CurvePoint> lastPoints = new HashMap<>();
      stored.getLastPointsList().forEach(last -> lastPoints.put(last.getTrial(), last.getPoint()));
      return new Contents(
          stored.getTrialsList().stream().map(SweepSnapshots::trial).toList(),
          stored.getAttemptsList().stream().map(SweepSnapshots::attempt).toList(),
          lastPoints);
    } catch (InvalidProtocolBufferException e) {
      throw unreadable(page, e);
    } catch (IOException e) {
      throw unreadable(page, e);
    }
  }

  private InputStream open(@Nullable BlobRef blob) throws IOException {
    if (blob == null) {
      throw new IllegalStateException("a page is neither stored nor in memory");
    }
    return blobs.open(BlobKind.TRIALS, blob.getSha256());
  }

  private static UncheckedIOException unreadable(TrialPage page, IOException e) {
    return new UncheckedIOException(
        "the trials %d to %d cannot be read, restore the store from a backup: %s"
            .formatted(page.first(), page.end() - 1, e.getMessage()),
        e);
  }
}
