package dev.caviar.cli.tensorboard;

import dev.caviar.proto.tensorboard.Event;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * One event file: events in the framing of TFRecord, which is for each the length (8 bytes, little
 * endian), the length's checksum, the event, and its checksum.
 *
 * <p>The checksums are CRC-32C, masked as TensorFlow's crc32c.h does it, so that a checksum over
 * data that holds checksums is no weaker.
 */
final class EventFile implements Closeable {
  /** The first event of a file says this, or TensorBoard takes it for an older kind. */
  private static final String VERSION = "brain.Event:2";

  private static final int MASK = 0xa282ead8;

  private final OutputStream out;

  /**
   * A new file, in the place of one that may be there.
   *
   * @param wallTime of the first event, seconds since 1970
   */
  EventFile(Path file, double wallTime) throws IOException {
    out = new BufferedOutputStream(Files.newOutputStream(file));
    write(Event.newBuilder().setWallTime(wallTime).setFileVersion(VERSION).build());
  }

  void write(Event event) throws IOException {
    byte[] data = event.toByteArray();
    byte[] length =
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(data.length).array();
    out.write(length);
    out.write(checksum(length));
    out.write(data);
    out.write(checksum(data));
  }

  private static byte[] checksum(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    int masked = Integer.rotateRight((int) crc.getValue(), 15) + MASK;
    return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(masked).array();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
