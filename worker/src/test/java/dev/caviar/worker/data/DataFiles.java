package dev.caviar.worker.data;

import dev.caviar.proto.v1.CsvSource;
import dev.caviar.proto.v1.DataSource;
import dev.caviar.proto.v1.IdxSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/** Small files of data to test with, and sources that name them. */
final class DataFiles {
  private DataFiles() {}

  static Path write(Path file, byte[] bytes) {
    try {
      return Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path write(Path file, String... lines) {
    return write(file, (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  static byte[] gzip(byte[] bytes) {
    var compressed = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(compressed)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return compressed.toByteArray();
  }

  /** Images whose pixels count up from 0, modulo 256. */
  static byte[] images(int count, int rows, int columns) {
    ByteBuffer bytes = ByteBuffer.allocate(16 + count * rows * columns);
    bytes.putInt(0x0803).putInt(count).putInt(rows).putInt(columns);
    for (int i = 0; bytes.hasRemaining(); i++) {
      bytes.put((byte) i);
    }
    return bytes.array();
  }

  static byte[] labels(int... labels) {
    ByteBuffer bytes = ByteBuffer.allocate(8 + labels.length);
    bytes.putInt(0x0801).putInt(labels.length);
    for (int label : labels) {
      bytes.put((byte) label);
    }
    return bytes.array();
  }

  static CsvSource.Builder csv(Path file) {
    return CsvSource.newBuilder().setPath(file.toString());
  }

  static DataSource source(CsvSource.Builder csv) {
    return DataSource.newBuilder().setCsv(csv).setDevFraction(0.25).build();
  }

  static DataSource source(Path images, Path labels) {
    return DataSource.newBuilder()
        .setIdx(IdxSource.newBuilder().setImages(images.toString()).setLabels(labels.toString()))
        .setDevFraction(0.25)
        .build();
  }

  static DataSource digits() {
    return DataSource.newBuilder()
        .setBuiltin("digits")
        .setDevFraction(0.2)
        .setNormalize(true)
        .setSplitSeed(42)
        .build();
  }
}
