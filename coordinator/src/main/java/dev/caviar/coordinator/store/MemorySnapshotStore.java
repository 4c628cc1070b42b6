package dev.caviar.coordinator.store;

import akka.persistence.SelectedSnapshot;
import akka.persistence.SnapshotMetadata;
import akka.persistence.SnapshotSelectionCriteria;
import akka.persistence.snapshot.japi.SnapshotStore;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import scala.concurrent.Future;

/** Snapshots that end with their process, beside Akka's journal in memory. Made by Akka. */
public final class MemorySnapshotStore extends SnapshotStore {
  private final Map<String, List<SelectedSnapshot>> snapshots = new ConcurrentHashMap<>();

  @Override
  public Future<Optional<SelectedSnapshot>> doLoadAsync(
      String persistenceId, SnapshotSelectionCriteria criteria) {
    return Future.successful(
        of(persistenceId).stream()
            .filter(snapshot -> criteria.matches(snapshot.metadata()))
            .max(Comparator.comparingLong(snapshot -> snapshot.metadata().sequenceNr())));
  }

  @Override
  public Future<@Nullable Void> doSaveAsync(SnapshotMetadata metadata, Object snapshot) {
    List<SelectedSnapshot> all = of(metadata.persistenceId());
    all.removeIf(older -> older.metadata().sequenceNr() == metadata.sequenceNr());
    all.add(SelectedSnapshot.create(metadata, snapshot));
    return Future.successful(null);
  }

  @Override
  public Future<@Nullable Void> doDeleteAsync(SnapshotMetadata metadata) {
    of(metadata.persistenceId())
        .removeIf(snapshot -> snapshot.metadata().sequenceNr() == metadata.sequenceNr());
    return Future.successful(null);
  }

  @Override
  public Future<@Nullable Void> doDeleteAsync(
      String persistenceId, SnapshotSelectionCriteria criteria) {
    of(persistenceId).removeIf(snapshot -> criteria.matches(snapshot.metadata()));
    return Future.successful(null);
  }

  private List<SelectedSnapshot> of(String persistenceId) {
    return snapshots.computeIfAbsent(persistenceId, id -> new CopyOnWriteArrayList<>());
  }
}
