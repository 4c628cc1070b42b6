package dev.caviar.coordinator.store;

import dev.caviar.proto.v1.TrialLogLine;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs of trials in a database. One thread writes, and reads: it takes all that waits and commits
 * it at once. While {@value #MOST_WAITING} lines wait, no more are taken.
 */
public final class DatabaseTrialLogStore implements TrialLogStore, AutoCloseable {
  static final int MOST_WAITING = 10_000;
  private static final Logger LOG = LoggerFactory.getLogger(DatabaseTrialLogStore.class);

  private record Key(String sweepId, int trial) {}

  private record Said(int attempt, int number) {}

  private record Row(long id, Said said, int characters) {}

  private final Database database;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("trial-log-writer").factory());

  // All guarded by this.
  private Map<Key, List<TrialLogLine>> waiting = new LinkedHashMap<>();
  private int waitingLines;
  private int lostLines;
  private boolean closed;

  /** The logs of that database, which must stay open until this is closed. */
  public DatabaseTrialLogStore(Database database) {
    this.database = database;
  }

  @Override
  public synchronized void append(String sweepId, int trial, List<TrialLogLine> lines) {
    if (closed || waitingLines + lines.size() > MOST_WAITING) {
      lostLines += lines.size();
      return;
    }
    if (waiting.isEmpty()) {
      thread.execute(this::write);
    }
    waiting.computeIfAbsent(new Key(sweepId, trial), key -> new ArrayList<>()).addAll(lines);
    waitingLines += lines.size();
  }

  private void write() {
    Map<Key, List<TrialLogLine>> taken;
    int lost;
    synchronized (this) {
      taken = waiting;
      lost = lostLines;
      waiting = new LinkedHashMap<>();
      waitingLines = 0;
      lostLines = 0;
    }
    if (lost > 0) {
      LOG.warn("{} lines of trials' logs are lost: they came faster than they are stored", lost);
    }
    try {
      store(taken);
    } catch (SQLException | RuntimeException e) {
      LOG.warn(
          "{} lines of trials' logs are lost: {}",
          taken.values().stream().mapToInt(List::size).sum(),
          e.toString());
    }
  }

  private void store(Map<Key, List<TrialLogLine>> logs) throws SQLException {
    try (Connection connection = database.connection()) {
      connection.setAutoCommit(false);
      try (PreparedStatement insert =
              connection.prepareStatement(
                  "INSERT INTO trial_log (sweep_id, trial, attempt, number, worker_id, at_millis,"
                      + " level, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
          PreparedStatement forget =
              connection.prepareStatement(
                  "DELETE FROM trial_log WHERE sweep_id = ? AND trial = ? AND id <= ?")) {
        for (Map.Entry<Key, List<TrialLogLine>> log : logs.entrySet()) {
          add(insert, forget, log.getKey(), log.getValue(), rows(connection, log.getKey()));
        }
        insert.executeBatch();
        forget.executeBatch();
        connection.commit();
      } catch (SQLException | RuntimeException e) {
        connection.rollback();
        throw e;
      }
    }
  }

  /**
   * @param rows what there is of that trial, the newest first
   */
  private static void add(
      PreparedStatement insert,
      PreparedStatement forget,
      Key key,
      List<TrialLogLine> lines,
      List<Row> rows)
      throws SQLException {
    Set<Said> there = new HashSet<>();
    rows.forEach(row -> there.add(row.said()));
    List<TrialLogLine> fresh =
        lines.stream()
            .filter(
                line ->
                    line.getNumber() == 0
                        || there.add(new Said(line.getAttempt(), line.getNumber())))
            .toList();
    int count = 0;
    int characters = 0;
    List<TrialLogLine> kept = new ArrayList<>();
    for (TrialLogLine line : fresh.reversed()) {
      characters += line.getText().length();
      if (count == MOST_LINES || (count > 0 && characters > MOST_CHARACTERS)) {
        break;
      }
      kept.addFirst(line);
      count++;
    }
    for (Row row : rows) {
      characters += row.characters();
      if (count == MOST_LINES || (count > 0 && characters > MOST_CHARACTERS)) {
        forget.setString(1, key.sweepId());
        forget.setInt(2, key.trial());
        forget.setLong(3, row.id());
        forget.addBatch();
        break;
      }
      count++;
    }
    for (TrialLogLine line : kept) {
      insert.setString(1, key.sweepId());
      insert.setInt(2, key.trial());
      insert.setInt(3, line.getAttempt());
      insert.setInt(4, line.getNumber());
      insert.setString(5, line.getWorkerId());
      insert.setLong(6, line.getAtMillis());
      insert.setInt(7, line.getLevelValue());
      // Data may have it, and messages about data; PostgreSQL's texts may not.
      insert.setString(8, line.getText().replace('\0', '\uFFFD'));
      insert.addBatch();
    }
  }

  private static List<Row> rows(Connection connection, Key key) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT id, attempt, number, CHAR_LENGTH(text) FROM trial_log"
                + " WHERE sweep_id = ? AND trial = ? ORDER BY id DESC")) {
      select.setString(1, key.sweepId());
      select.setInt(2, key.trial());
      List<Row> found = new ArrayList<>();
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          found.add(
              new Row(rows.getLong(1), new Said(rows.getInt(2), rows.getInt(3)), rows.getInt(4)));
        }
      }
      return found;
    }
  }

  @Override
  public synchronized CompletionStage<List<TrialLogLine>> read(String sweepId, int trial) {
    if (closed) {
      return CompletableFuture.failedFuture(new IllegalStateException("the store is closed"));
    }
    CompletableFuture<List<TrialLogLine>> result = new CompletableFuture<>();
    thread.execute(
        () -> {
          try {
            result.complete(lines(sweepId, trial));
          } catch (SQLException | RuntimeException e) {
            result.completeExceptionally(e);
          }
        });
    return result;
  }

  private List<TrialLogLine> lines(String sweepId, int trial) throws SQLException {
    try (Connection connection = database.connection();
        PreparedStatement select =
            connection.prepareStatement(
                "SELECT attempt, number, worker_id, at_millis, level, text FROM trial_log"
                    + " WHERE sweep_id = ? AND trial = ? ORDER BY attempt, id")) {
      select.setString(1, sweepId);
      select.setInt(2, trial);
      List<TrialLogLine> lines = new ArrayList<>();
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          lines.add(
              TrialLogLine.newBuilder()
                  .setAttempt(rows.getInt(1))
                  .setNumber(rows.getInt(2))
                  .setWorkerId(rows.getString(3))
                  .setAtMillis(rows.getLong(4))
                  .setLevelValue(rows.getInt(5))
                  .setText(rows.getString(6))
                  .build());
        }
      }
      return lines;
    }
  }

  /** Stores what waits, and ends. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    thread.close();
  }
}
