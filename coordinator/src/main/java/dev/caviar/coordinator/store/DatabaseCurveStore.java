package dev.caviar.coordinator.store;

import akka.Done;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.StoredPoints;
import dev.caviar.proto.v1.TrialPoints;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Curves in a database. One thread writes: it takes all that waits and commits it at once, so that
 * a commit costs the less per point the more there are. A trial's points of one commit are packed
 * into one row for each run of epochs without a gap.
 *
 * <p>At most {@value #MOST_WAITING} points wait; {@link #append} blocks its caller while there are
 * more. It fails, and may be repeated, where the database does.
 */
public final class DatabaseCurveStore implements CurveStore, AutoCloseable {
  static final int MOST_WAITING = 200_000;
  // Points in one transaction; keeps the time of one commit, and its memory, within bounds.
  private static final int MOST_WRITTEN = 50_000;
  // Points in one row, about 60 bytes each.
  private static final int MOST_PACKED = 1_000;
  // Trials whose stored epochs are remembered.
  private static final int MOST_KNOWN = 20_000;
  private static final Logger LOG = LoggerFactory.getLogger(DatabaseCurveStore.class);

  private record Curve(String sweepId, int trial) {}

  private record Append(
      String sweepId, List<TrialPoints> points, int count, CompletableFuture<Done> done) {}

  private final Database database;
  private final String identity = UUID.randomUUID().toString();
  private final ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor();
  private final Thread writer;

  // All guarded by this.
  private final ArrayDeque<Append> waiting = new ArrayDeque<>();
  private int waitingPoints;
  private boolean closed;

  // The writer's own: which epochs of a curve are stored.
  private final Map<Curve, EpochRuns> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Curve, EpochRuns> eldest) {
          return size() > MOST_KNOWN;
        }
      };

  /** The curves of that database, which must stay open until this is closed. */
  public DatabaseCurveStore(Database database) {
    this.database = database;
    this.writer = Thread.ofPlatform().daemon().name("curve-writer").start(this::write);
  }

  @Override
  public CompletionStage<Done> append(String sweepId, List<TrialPoints> points) {
    int count = points.stream().mapToInt(TrialPoints::getPointsCount).sum();
    CompletableFuture<Done> done = new CompletableFuture<>();
    synchronized (this) {
      try {
        // One that is larger than the limit is taken when it is alone.
        while (!closed && waitingPoints > 0 && waitingPoints + count > MOST_WAITING) {
          wait();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return CompletableFuture.failedFuture(e);
      }
      if (closed) {
        return CompletableFuture.failedFuture(new IllegalStateException("the store is closed"));
      }
      waiting.add(new Append(sweepId, List.copyOf(points), count, done));
      waitingPoints += count;
      notifyAll();
    }
    return done;
  }

  private void write() {
    List<Append> taken = take();
    while (!taken.isEmpty()) {
      try {
        store(taken);
        taken.forEach(append -> append.done().complete(Done.getInstance()));
      } catch (SQLException | RuntimeException e) {
        // What is stored may be anything now.
        known.clear();
        LOG.warn("Points of curves could not be stored: {}", e.toString());
        taken.forEach(append -> append.done().completeExceptionally(e));
      } catch (Error e) {
        // Nobody is to wait for a writer that is no more.
        taken.forEach(append -> append.done().completeExceptionally(e));
        failWaiting(e);
        throw e;
      }
      taken = take();
    }
  }

  private synchronized void failWaiting(Error error) {
    closed = true;
    waiting.forEach(append -> append.done().completeExceptionally(error));
    waiting.clear();
    waitingPoints = 0;
    notifyAll();
  }

  /** Waits; empty when this is closed and nothing is left. */
  private synchronized List<Append> take() {
    boolean interrupted = false;
    while (waiting.isEmpty() && !closed) {
      try {
        wait();
      } catch (InterruptedException e) {
        // Closing ends this thread, nothing else.
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    List<Append> taken = new ArrayList<>();
    int points = 0;
    while (!waiting.isEmpty()
        && (taken.isEmpty() || points + waiting.element().count() <= MOST_WRITTEN)) {
      Append append = waiting.remove();
      points += append.count();
      taken.add(append);
    }
    waitingPoints -= points;
    notifyAll();
    return taken;
  }

  private void store(List<Append> appends) throws SQLException {
    Map<Curve, List<CurvePoint>> byCurve = new LinkedHashMap<>();
    for (Append append : appends) {
      for (TrialPoints points : append.points()) {
        byCurve
            .computeIfAbsent(
                new Curve(append.sweepId(), points.getTrial()), key -> new ArrayList<>())
            .addAll(points.getPointsList());
      }
    }
    try (Connection connection = database.connection()) {
      connection.setAutoCommit(false);
      try (PreparedStatement insert =
          connection.prepareStatement(
              "INSERT INTO curve (sweep_id, trial, first_epoch, last_epoch, points)"
                  + " VALUES (?, ?, ?, ?, ?)")) {
        becomeWriter(connection);
        for (Map.Entry<Curve, List<CurvePoint>> entry : byCurve.entrySet()) {
          addRows(insert, entry.getKey(), newPoints(connection, entry.getKey(), entry.getValue()));
        }
        insert.executeBatch();
        connection.commit();
      } catch (SQLException | RuntimeException e) {
        connection.rollback();
        throw e;
      }
    }
  }

  /**
   * Has no other store points in this database until the transaction ends, and forgets what is
   * stored where another has done so since this one did: a coordinator that took its place for a
   * while.
   */
  private void becomeWriter(Connection connection) throws SQLException {
    try (Statement sql = connection.createStatement();
        ResultSet last = sql.executeQuery("SELECT writer FROM curve_writer FOR UPDATE")) {
      if (last.next() && last.getString(1).equals(identity)) {
        return;
      }
    }
    known.clear();
    try (PreparedStatement update =
        connection.prepareStatement("UPDATE curve_writer SET writer = ?")) {
      update.setString(1, identity);
      update.executeUpdate();
    }
  }

  /** Those of epochs that are not stored, the first of each epoch, which then count as stored. */
  private List<CurvePoint> newPoints(Connection connection, Curve curve, List<CurvePoint> points)
      throws SQLException {
    EpochRuns stored = known.get(curve);
    if (stored == null) {
      stored = storedEpochs(connection, curve);
      known.put(curve, stored);
    }
    List<CurvePoint> fresh = new ArrayList<>();
    for (CurvePoint point : points) {
      if (stored.add(point.getEpoch())) {
        fresh.add(point);
      }
    }
    return fresh;
  }

  private static EpochRuns storedEpochs(Connection connection, Curve curve) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT first_epoch, last_epoch FROM curve WHERE sweep_id = ? AND trial = ?"
                + " ORDER BY first_epoch")) {
      select.setString(1, curve.sweepId());
      select.setInt(2, curve.trial());
      EpochRuns epochs = new EpochRuns();
      try (ResultSet runs = select.executeQuery()) {
        while (runs.next()) {
          epochs.addRun(runs.getInt(1), runs.getInt(2));
        }
      }
      return epochs;
    }
  }

  private static void addRows(PreparedStatement insert, Curve curve, List<CurvePoint> points)
      throws SQLException {
    int from = 0;
    while (from < points.size()) {
      int first = points.get(from).getEpoch();
      int to = from + 1;
      while (to < points.size()
          && to - from < MOST_PACKED
          && points.get(to).getEpoch() == first + (to - from)) {
        to++;
      }
      insert.setString(1, curve.sweepId());
      insert.setInt(2, curve.trial());
      insert.setInt(3, first);
      insert.setInt(4, points.get(to - 1).getEpoch());
      insert.setBytes(
          5,
          StoredPoints.newBuilder().addAllPoints(points.subList(from, to)).build().toByteArray());
      insert.addBatch();
      from = to;
    }
  }

  @Override
  public CompletionStage<List<CurvePoint>> read(String sweepId, int trial, int first, int last) {
    return reading(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement(
                  "SELECT points FROM curve WHERE sweep_id = ? AND trial = ?"
                      + " AND last_epoch >= ? AND first_epoch <= ? ORDER BY first_epoch")) {
            select.setString(1, sweepId);
            select.setInt(2, trial);
            select.setInt(3, first);
            select.setInt(4, last);
            List<CurvePoint> points = new ArrayList<>();
            try (ResultSet rows = select.executeQuery()) {
              while (rows.next()) {
                for (CurvePoint point : unpacked(rows.getBytes(1), sweepId, trial)) {
                  if (point.getEpoch() >= first && point.getEpoch() <= last) {
                    points.add(point);
                  }
                }
              }
            }
            return points;
          }
        });
  }

  @Override
  public CompletionStage<Map<Integer, CurvePoint>> lastPoints(
      String sweepId, Collection<Integer> trials) {
    List<Integer> all = List.copyOf(trials);
    return reading(
        connection -> {
          // One by one: given a list of trials, H2 goes through all of the sweep's.
          try (PreparedStatement select =
              connection.prepareStatement(
                  "SELECT points FROM curve WHERE sweep_id = ? AND trial = ?"
                      + " ORDER BY first_epoch DESC LIMIT 1")) {
            Map<Integer, CurvePoint> last = new HashMap<>();
            for (int trial : all) {
              select.setString(1, sweepId);
              select.setInt(2, trial);
              try (ResultSet newest = select.executeQuery()) {
                if (newest.next()) {
                  last.put(trial, unpacked(newest.getBytes(1), sweepId, trial).getLast());
                }
              }
            }
            return last;
          }
        });
  }

  private static List<CurvePoint> unpacked(byte[] packed, String sweepId, int trial)
      throws SQLException {
    try {
      return StoredPoints.parseFrom(packed).getPointsList();
    } catch (InvalidProtocolBufferException e) {
      throw new SQLException(
          "the stored points of sweep %s, trial %d are damaged".formatted(sweepId, trial), e);
    }
  }

  private interface Query<T> {
    T ask(Connection connection) throws SQLException;
  }

  private <T> CompletionStage<T> reading(Query<T> query) {
    CompletableFuture<T> result = new CompletableFuture<>();
    readers.execute(
        () -> {
          try (Connection connection = database.connection()) {
            result.complete(query.ask(connection));
          } catch (SQLException | RuntimeException e) {
            result.completeExceptionally(e);
          }
        });
    return result;
  }

  /** Stores what waits, and ends. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    boolean interrupted = false;
    while (true) {
      try {
        writer.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    readers.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
