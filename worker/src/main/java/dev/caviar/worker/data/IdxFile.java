package dev.caviar.worker.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Files in the format of MNIST: a magic number, the sizes of the dimensions, and unsigned bytes,
 * all big-endian. http://yann.lecun.com/exdb/mnist/ describes it.
 */
final class IdxFile {
  private static final int IMAGES = 0x0803;
  private static final int LABELS = 0x0801;

  /** The byte that the first label stands at. */
  static final int LABELS_BEGIN = 8;

  private static final int CHUNK = 1 << 16;

  private IdxFile() {}

  /**
   * Grey levels as they are, 0..255.
   *
   * @param name of the file
   * @param pixels count × rows × columns, image by image, row by row
   */
  record Images(String name, int count, int rows, int columns, float[] pixels) {
    int width() {
      return rows * columns;
    }
  }

  /**
   * One class number for each image, 0..255.
   *
   * @param name of the file
   */
  record Labels(String name, byte[] values) {
    int at(int index) {
      return values[index] & 0xff;
    }
  }

  /**
   * @throws DataException if the file cannot be read, or is not what its header says
   */
  static Images images(Path path) {
    try (DataFile file = DataFile.open(path)) {
      Shape shape = shape(file, IMAGES, 3);
      float[] pixels = new float[shape.length()];
      byte[] chunk = new byte[CHUNK];
      for (int at = 0; at < pixels.length; ) {
        int wanted = Math.min(CHUNK, pixels.length - at);
        readFully(file, shape, chunk, wanted, at);
        for (int i = 0; i < wanted; i++) {
          pixels[at + i] = chunk[i] & 0xff;
        }
        at += wanted;
      }
      requireEnd(file, shape);
      return new Images(file.name(), shape.sizes()[0], shape.sizes()[1], shape.sizes()[2], pixels);
    }
  }

  /**
   * @throws DataException if the file cannot be read, or is not what its header says
   */
  static Labels labels(Path path) {
    try (DataFile file = DataFile.open(path)) {
      Shape shape = shape(file, LABELS, 1);
      byte[] values = new byte[shape.length()];
      readFully(file, shape, values, values.length, 0);
      requireEnd(file, shape);
      return new Labels(file.name(), values);
    }
  }

  /**
   * What a header declares.
   *
   * @param length the product of the sizes
   */
  private record Shape(int[] sizes, int length) {
    long headerBytes() {
      return 4 + 4L * sizes.length;
    }

    long bytes() {
      return headerBytes() + length;
    }

    @Override
    public String toString() {
      return Arrays.stream(sizes).mapToObj(Integer::toString).collect(Collectors.joining(" × "))
          + (sizes.length == 1 ? " labels" : " pixels");
    }
  }

  /** Reads the header, and checks it before anything of the size it declares is allocated. */
  private static Shape shape(DataFile file, int magic, int dimensions) {
    byte[] bytes = new byte[4 + 4 * dimensions];
    int read = read(file, bytes, bytes.length);
    var header = ByteBuffer.wrap(bytes);
    if (read >= 4 && header.getInt(0) != magic) {
      throw wrongMagic(file, header.getInt(0), magic);
    }
    if (read < bytes.length) {
      throw new DataException(
          "%s: ends at byte %d, within its header of %d bytes"
              .formatted(file.name(), read, bytes.length));
    }
    int[] sizes = new int[dimensions];
    long length = 1;
    for (int i = 0; i < dimensions; i++) {
      int at = 4 + 4 * i;
      sizes[i] = header.getInt(at);
      if (sizes[i] < 1 || (length *= sizes[i]) > Memory.MAX_ARRAY) {
        throw new DataException(
            "%s: byte %d: declares a size of %d; the sizes must be 1 or more, and their product %d"
                    .formatted(file.name(), at, sizes[i], Memory.MAX_ARRAY)
                + " at most");
      }
    }
    var shape = new Shape(sizes, (int) length);
    if (shape.bytes() > file.mostBytes()) {
      throw new DataException(
          "%s: is cut short: %s need %d bytes with their header, and it has %d"
              .formatted(file.name(), shape, shape.bytes(), file.mostBytes()));
    }
    Memory.require(file.name(), length);
    return shape;
  }

  private static DataException wrongMagic(DataFile file, int found, int wanted) {
    String hint =
        switch (found) {
          case IMAGES -> "these are images: are the paths of images and labels swapped?";
          case LABELS -> "these are labels: are the paths of images and labels swapped?";
          default -> "this is no such file";
        };
    return new DataException(
        "%s: byte 0: magic number 0x%08x; a file of %s begins with 0x%08x; %s"
            .formatted(file.name(), found, wanted == IMAGES ? "images" : "labels", wanted, hint));
  }

  private static void readFully(DataFile file, Shape shape, byte[] into, int wanted, long before) {
    int read = read(file, into, wanted);
    if (read < wanted) {
      throw new DataException(
          "%s: ends at byte %d; %s need %d bytes with their header"
              .formatted(file.name(), shape.headerBytes() + before + read, shape, shape.bytes()));
    }
  }

  private static void requireEnd(DataFile file, Shape shape) {
    // Reading to the end is also what makes gzip compare its checksum.
    if (read(file, new byte[1], 1) > 0) {
      throw new DataException(
          "%s: goes on after byte %d, where its %s end"
              .formatted(file.name(), shape.bytes(), shape));
    }
  }

  private static int read(DataFile file, byte[] into, int wanted) {
    try {
      return file.content().readNBytes(into, 0, wanted);
    } catch (IOException e) {
      throw file.unreadable(e);
    }
  }
}
