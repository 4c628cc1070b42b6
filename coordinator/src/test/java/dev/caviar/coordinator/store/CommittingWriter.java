package dev.caviar.coordinator.store;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Threads that write rows to an embedded database, a few in each commit, and print "thread row" of
 * the last one as soon as a commit has returned. Until it is killed.
 */
final class CommittingWriter {
  static final int THREADS = 4;
  static final String TABLE = "committed";

  private CommittingWriter() {}

  @SuppressWarnings("SystemOut") // Somebody reads it.
  static void main(String[] args) throws Exception {
    long first = Long.parseLong(args[1]);
    try (Database database = Database.embedded(Path.of(args[0]))) {
      try (Connection connection = database.connection();
          Statement sql = connection.createStatement()) {
        sql.execute(
            "CREATE TABLE IF NOT EXISTS "
                + TABLE
                + " (thread INT, number BIGINT, bytes VARBINARY, PRIMARY KEY (thread, number))");
      }
      for (int thread = 0; thread < THREADS; thread++) {
        int which = thread;
        Thread.ofPlatform().start(() -> write(database, which, first));
      }
      Thread.sleep(Long.MAX_VALUE);
    }
  }

  private static void write(Database database, int thread, long first) {
    // As the journal does, and as the curves do.
    int rows = thread % 2 == 0 ? 1 : 20;
    try (Connection connection = database.connection();
        PreparedStatement insert =
            connection.prepareStatement("INSERT INTO " + TABLE + " VALUES (?, ?, ?)")) {
      connection.setAutoCommit(false);
      insert.setInt(1, thread);
      insert.setBytes(3, new byte[300]);
      for (long next = first; ; next += rows) {
        for (int row = 0; row < rows; row++) {
          insert.setLong(2, next + row);
          insert.addBatch();
        }
        insert.executeBatch();
        connection.commit();
        System.out.println(thread + " " + (next + rows - 1));
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
