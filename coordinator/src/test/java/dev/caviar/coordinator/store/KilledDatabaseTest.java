package dev.caviar.coordinator.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The embedded database, killed while several threads commit. H2 2.5.252 failed this one time out
 * of four, on processors with much else to do: {@code -Dcaviar.kills=20} looks as long.
 */
@NullUnmarked
class KilledDatabaseTest {
  private static final int KILLS = Integer.getInteger("caviar.kills", 2);

  /** Time for commits of each thread, between one kill and the next. */
  private static final Duration ALIVE = Duration.ofSeconds(3);

  @TempDir Path folder;

  @Test
  void whatACommitAnsweredIsThere() throws Exception {
    for (int kill = 0; kill < KILLS; kill++) {
      Map<Integer, Long> answered = new HashMap<>();
      try (OtherProcess writer =
          OtherProcess.start(CommittingWriter.class, folder.toString(), "" + kill * 100_000_000L)) {
        long end = 0;
        while (end == 0 || System.nanoTime() < end || answered.size() < CommittingWriter.THREADS) {
          String line = writer.line();
          assertThat(line).as("the writer has ended by itself").isNotNull();
          take(line, answered);
          end = end == 0 ? System.nanoTime() + ALIVE.toNanos() : end;
        }
        List<String> rest = writer.kill();
        // All but a last line that the kill may have cut.
        rest.subList(0, Math.max(0, rest.size() - 1)).forEach(line -> take(line, answered));
      }
      Map<Integer, Long> stored = stored();
      answered.forEach(
          (thread, last) ->
              assertThat(stored.get(thread))
                  .as("last row of thread %d", thread)
                  .isGreaterThanOrEqualTo(last));
    }
  }

  private static void take(String line, Map<Integer, Long> answered) {
    String[] words = line.split(" ", 2);
    answered.put(Integer.valueOf(words[0]), Long.valueOf(words[1]));
  }

  private Map<Integer, Long> stored() throws Exception {
    Map<Integer, Long> stored = new HashMap<>();
    try (Database database = Database.embedded(folder);
        Connection connection = database.connection();
        Statement sql = connection.createStatement();
        ResultSet rows =
            sql.executeQuery(
                "SELECT thread, MAX(number) FROM " + CommittingWriter.TABLE + " GROUP BY thread")) {
      while (rows.next()) {
        stored.put(rows.getInt(1), rows.getLong(2));
      }
    }
    return stored;
  }
}
