package dev.caviar.coordinator.store;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Map;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.exception.FlywayValidateException;
import org.h2.api.ErrorCode;

/**
 * The database of a coordinator's store: a file of its own (H2), or one on a PostgreSQL server that
 * several coordinators share. Opening it brings its tables up to date.
 *
 * <p>What it says is committed survives a killed process. A file database hands each commit to the
 * operating system without waiting for the disk, so a machine that loses its power may lose the
 * last moments; a PostgreSQL server with its usual settings does not.
 */
public final class Database implements AutoCloseable {
  /** What its SQL differs by. */
  public enum Dialect {
    H2("org.h2.Driver", "slick.jdbc.H2Profile$"),
    POSTGRESQL("org.postgresql.Driver", "slick.jdbc.PostgresProfile$");

    private final String driver;
    private final String slickProfile;

    Dialect(String driver, String slickProfile) {
      this.driver = driver;
      this.slickProfile = slickProfile;
    }

    private Map<String, String> properties() {
      return switch (this) {
        case H2 -> Map.of();
        // A server that does not answer must become an error, so that another coordinator can take
        // over. Seconds; the URL's own parameters win.
        case POSTGRESQL ->
            Map.of(
                "ApplicationName", "caviar",
                "connectTimeout", "10",
                "socketTimeout", "60",
                "tcpKeepAlive", "true");
      };
    }
  }

  // SQLSTATE 23505 in both.
  private static final String UNIQUE_VIOLATION = "23505";
  private static final int CONNECTIONS = 4;
  private static final int JOURNAL_CONNECTIONS = 4;
  private static final long CONNECT_MILLIS = 30_000;

  private final Dialect dialect;
  private final String url;
  private final String user;
  private final String password;
  private final HikariDataSource pool;

  private Database(
      Dialect dialect, String url, String user, String password, HikariDataSource pool) {
    this.dialect = dialect;
    this.url = url;
    this.user = user;
    this.password = password;
    this.pool = pool;
  }

  /**
   * A database in a file {@code caviar.mv.db} of the folder, which is made if there is none. One
   * process at a time can have it open.
   *
   * @throws StoreException if another process has it, or it cannot be opened, or a newer Caviar has
   *     changed its tables
   */
  public static Database embedded(Path folder) {
    Path file = folder.toAbsolutePath().normalize().resolve("caviar");
    if (file.toString().contains(";")) {
      throw new StoreException(
          "the store's folder "
              + folder
              + " has a ';' in its path, which H2 cannot open;"
              + " name another folder");
    }
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new StoreException("the store's folder " + folder + " cannot be made: " + e, e);
    }
    // WRITE_DELAY: a commit is written before it is answered, not up to half a second later.
    // DB_CLOSE_ON_EXIT: else H2 closes it while the coordinator still stores its last events.
    String url = "jdbc:h2:file:" + file + ";WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE";
    return open(Dialect.H2, url, "caviar", "", "the store in " + folder);
  }

  /**
   * A database on a server; it must exist, and be Caviar's alone.
   *
   * @param url such as {@code jdbc:postgresql://host:5432/caviar}
   * @throws StoreException if it cannot be reached or opened, or a newer Caviar has changed its
   *     tables
   */
  public static Database postgresql(String url, String user, String password) {
    if (!url.startsWith("jdbc:postgresql:")) {
      throw new StoreException(
          "'" + url + "' is no PostgreSQL database; one is named jdbc:postgresql://HOST:PORT/NAME");
    }
    return open(Dialect.POSTGRESQL, url, user, password, "the store at " + url);
  }

  private static Database open(
      Dialect dialect, String url, String user, String password, String name) {
    HikariConfig config = new HikariConfig();
    config.setPoolName("caviar-store");
    config.setDriverClassName(dialect.driver);
    config.setJdbcUrl(url);
    config.setUsername(user);
    config.setPassword(password);
    dialect.properties().forEach(config::addDataSourceProperty);
    config.setMaximumPoolSize(CONNECTIONS);
    config.setConnectionTimeout(CONNECT_MILLIS);
    HikariDataSource pool;
    try {
      pool = new HikariDataSource(config);
    } catch (PoolInitializationException e) {
      throw new StoreException(why(name, e), e);
    }
    try {
      Flyway.configure(Database.class.getClassLoader())
          .dataSource(pool)
          .locations(
              "classpath:dev/caviar/coordinator/store/migrations/"
                  + dialect.name().toLowerCase(Locale.ROOT))
          // A schema of a newer Caviar is none that this one can write to.
          .ignoreMigrationPatterns(new String[0])
          .load()
          .migrate();
    } catch (FlywayValidateException e) {
      pool.close();
      throw new StoreException(
          name
              + " has tables of another Caviar than this, most likely a newer one; start that one: "
              + e.getMessage(),
          e);
    } catch (FlywayException e) {
      pool.close();
      throw new StoreException(
          "the tables of " + name + " could not be brought up to date: " + e.getMessage(), e);
    }
    return new Database(dialect, url, user, password, pool);
  }

  private static String why(String name, Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql
          && sql.getErrorCode() == ErrorCode.DATABASE_ALREADY_OPEN_1) {
        return name + " is in use by another coordinator; stop that one, or name another folder";
      }
    }
    Throwable root = thrown;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return name + " cannot be opened: " + root.getMessage();
  }

  /** What its SQL differs by. */
  public Dialect dialect() {
    return dialect;
  }

  /** One of a few connections, in auto-commit mode; closing it gives it back. */
  Connection connection() throws SQLException {
    return pool.getConnection();
  }

  /** Whether a row was refused because there is one with its key. */
  static boolean isDuplicate(SQLException e) {
    return UNIQUE_VIOLATION.equals(e.getSQLState());
  }

  /**
   * What an ActorSystem needs so that it journals here, to be laid over its other configuration. It
   * opens connections of its own, which it closes as it ends; this database must be open until
   * then. Holds the password.
   */
  public Config persistence() {
    return ConfigFactory.parseMap(
            Map.of(
                "profile", dialect.slickProfile,
                "db.driver", dialect.driver,
                "db.url", url,
                "db.user", user,
                "db.password", password,
                "db.properties", dialect.properties(),
                // Slick wants as many threads as connections.
                "db.numThreads", JOURNAL_CONNECTIONS,
                "db.maxConnections", JOURNAL_CONNECTIONS,
                "db.minConnections", 1,
                "db.connectionTimeout", CONNECT_MILLIS),
            "the store's database")
        .atPath("akka-persistence-jdbc.shared-databases.slick")
        .withFallback(ConfigFactory.parseResources(Database.class, "database-persistence.conf"));
  }

  /**
   * Gives back its connections. A file database is free again once its ActorSystem has ended too.
   */
  @Override
  public void close() {
    pool.close();
  }
}
