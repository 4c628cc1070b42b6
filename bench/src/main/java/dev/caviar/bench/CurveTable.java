package dev.caviar.bench;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * Learning curves of every point of a grid, each trained with several seeds, as kept in a file.
 *
 * <p>The file is gzip over these numbers, as Protocol Buffers write signed integers (sint32:
 * zigzag, then base 128): the version, 1; the number of settings, seeds, epochs and dev examples;
 * then for each setting, in the grid's order, and for each seed the dev errors of all epochs, as
 * counts of wrongly classified examples, and then in the same order the dev losses, as the nearest
 * whole number to 100·ln(loss). Of each curve the first number stands as it is, the others as what
 * is added to the one before. A curve that diverged has the count of all examples and a loss of
 * {@link #DIVERGED} from there on.
 */
public final class CurveTable {
  /** 100·ln(loss) of a curve that diverged. */
  static final int DIVERGED = 100_000;

  private static final int VERSION = 1;

  private final int settings;
  private final int seeds;
  private final int epochs;
  private final int examples;
  private final int[] errors;
  private final int[] losses;

  /** With room for all curves, which are then {@linkplain #put put} there. */
  CurveTable(int settings, int seeds, int epochs, int examples) {
    this.settings = settings;
    this.seeds = seeds;
    this.epochs = epochs;
    this.examples = examples;
    this.errors = new int[settings * seeds * epochs];
    this.losses = new int[errors.length];
    Arrays.fill(errors, examples);
    Arrays.fill(losses, DIVERGED);
  }

  /**
   * Reads a table.
   *
   * @throws IOException if the file cannot be read, or is no table; the message names it
   */
  public static CurveTable read(Path file) throws IOException {
    try (InputStream bytes = new GZIPInputStream(Files.newInputStream(file))) {
      CodedInputStream numbers = CodedInputStream.newInstance(bytes);
      int version = numbers.readSInt32();
      if (version != VERSION) {
        throw new IOException(file + ": version " + version + ", not " + VERSION);
      }
      CurveTable table =
          new CurveTable(
              numbers.readSInt32(),
              numbers.readSInt32(),
              numbers.readSInt32(),
              numbers.readSInt32());
      table.read(numbers, table.errors);
      table.read(numbers, table.losses);
      if (!numbers.isAtEnd()) {
        throw new IOException(file + ": more follows after the last curve");
      }
      return table;
    } catch (com.google.protobuf.InvalidProtocolBufferException | java.io.EOFException e) {
      throw new IOException(file + ": is cut off or no table of curves: " + e.getMessage(), e);
    }
  }

  private void read(CodedInputStream numbers, int[] into) throws IOException {
    for (int i = 0; i < into.length; i++) {
      into[i] = numbers.readSInt32() + (i % epochs == 0 ? 0 : into[i - 1]);
    }
  }

  /** Writes the file that {@link #read} reads. */
  void write(Path file) throws IOException {
    try (OutputStream bytes = new GZIPOutputStream(Files.newOutputStream(file))) {
      CodedOutputStream numbers = CodedOutputStream.newInstance(bytes);
      for (int number : new int[] {VERSION, settings, seeds, epochs, examples}) {
        numbers.writeSInt32NoTag(number);
      }
      write(numbers, errors);
      write(numbers, losses);
      numbers.flush();
    }
  }

  private void write(CodedOutputStream numbers, int[] from) throws IOException {
    for (int i = 0; i < from.length; i++) {
      numbers.writeSInt32NoTag(from[i] - (i % epochs == 0 ? 0 : from[i - 1]));
    }
  }

  /**
   * Keeps one point of a curve.
   *
   * @param epoch from 1
   * @param error a fraction of the dev examples
   */
  void put(int setting, int seed, int epoch, double error, double loss) {
    int place = place(setting, seed, epoch);
    errors[place] = (int) Math.round(error * examples);
    losses[place] = (int) Math.round(100 * Math.log(Math.max(loss, 1e-30)));
  }

  private int place(int setting, int seed, int epoch) {
    if (epoch < 1 || epoch > epochs || seed < 0 || seed >= seeds) {
      throw new IndexOutOfBoundsException("no seed " + seed + " or no epoch " + epoch);
    }
    return (setting * seeds + seed) * epochs + epoch - 1;
  }

  /** How many settings there are. */
  public int settings() {
    return settings;
  }

  /** How many seeds each setting was trained with. */
  public int seeds() {
    return seeds;
  }

  /** How many epochs each was trained for. */
  public int epochs() {
    return epochs;
  }

  /** A curve's fraction of dev examples wrongly classified after an epoch, from 1; exact. */
  public double error(int setting, int seed, int epoch) {
    return (double) errors[place(setting, seed, epoch)] / examples;
  }

  /** A curve's dev loss after an epoch, to half a percent; infinite where it had diverged. */
  public double loss(int setting, int seed, int epoch) {
    int loss = losses[place(setting, seed, epoch)];
    return loss == DIVERGED ? Double.POSITIVE_INFINITY : Math.exp(loss / 100.0);
  }

  /** The mean of all seeds' errors after an epoch. */
  public double meanError(int setting, int epoch) {
    int sum = 0;
    for (int seed = 0; seed < seeds; seed++) {
      sum += errors[place(setting, seed, epoch)];
    }
    return (double) sum / (seeds * examples);
  }

  /** The lowest {@link #meanError} of any setting after the last epoch. */
  public double lowest() {
    double lowest = 1;
    for (int setting = 0; setting < settings; setting++) {
      lowest = Math.min(lowest, meanError(setting, epochs));
    }
    return lowest;
  }
}
