package dev.caviar.worker.model;

import dev.caviar.proto.v1.Checkpoint;
import dev.caviar.proto.v1.Parameter;
import dev.caviar.proto.v1.ParameterValue;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a training run has come to, in one number: from two checkpoints of the same digest training
 * with the same seed and data goes on in the same way, to the last bit. How long it took, and how
 * many epochs it is to last, play no part.
 *
 * <p>It is the SHA-256 of these, all numbers big-endian, a string as the number of its bytes (4
 * bytes) and these in UTF-8:
 *
 * <ol>
 *   <li>the step (8 bytes), the epoch, the examples of the present epoch already trained on, the
 *       epoch from which the learning rate's decay counts (4 each), and the sum of the present
 *       epoch's losses (the bits of a double)
 *   <li>the number of parameters but {@code epochs} (4), and each in the order of their names: its
 *       name and its value. A value is a byte that says what follows: {@code n}, a number, real or
 *       whole, as the bits of a double; {@code t}, a string; {@code f}, a byte 0 or 1; {@code l}, a
 *       list, as their number (4) and each of them
 *   <li>the number of tensors (4), and each in the order of their names: its name, the number of
 *       its values (4), and the bits of each as a float (4), NaN's too as they are
 * </ol>
 *
 * Names are in the order of their UTF-16 code units, as {@link String#compareTo} has it.
 */
public final class CheckpointDigest {
  private CheckpointDigest() {}

  /**
   * In lower-case hexadecimal.
   *
   * @throws IllegalArgumentException if it is no checkpoint of a run: two tensors or parameters of
   *     one name, or a parameter without a value
   */
  public static String of(Checkpoint checkpoint) {
    MessageDigest sha256 = sha256();
    try (DataOutputStream out =
        new DataOutputStream(new DigestOutputStream(OutputStream.nullOutputStream(), sha256))) {
      Map<String, ParameterValue> parameters = parameters(checkpoint.getParametersList());
      out.writeLong(checkpoint.getStep());
      out.writeInt(checkpoint.getEpoch());
      out.writeInt(EpochPosition.of(checkpoint));
      out.writeInt(checkpoint.getDecayFromEpoch());
      out.writeLong(Double.doubleToRawLongBits(checkpoint.getEpochLossSum()));
      parameters.remove("epochs");
      out.writeInt(parameters.size());
      for (Map.Entry<String, ParameterValue> parameter : parameters.entrySet()) {
        write(out, parameter.getKey());
        write(out, parameter.getValue());
      }
      Map<String, float[]> tensors =
          Tensors.toState(checkpoint.getStep(), checkpoint.getTensorsList()).tensors();
      out.writeInt(tensors.size());
      for (Map.Entry<String, float[]> tensor : tensors.entrySet()) {
        write(out, tensor.getKey());
        out.writeInt(tensor.getValue().length);
        out.write(bytes(tensor.getValue()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return HexFormat.of().formatHex(sha256.digest());
  }

  private static Map<String, ParameterValue> parameters(List<Parameter> parameters) {
    Map<String, ParameterValue> byName = new TreeMap<>();
    for (Parameter parameter : parameters) {
      if (byName.put(parameter.getName(), parameter.getValue()) != null) {
        throw new IllegalArgumentException("two parameters named " + parameter.getName());
      }
    }
    return byName;
  }

  private static void write(DataOutputStream out, ParameterValue value) throws IOException {
    switch (value.getKindCase()) {
      case REAL -> writeNumber(out, value.getReal());
      case INTEGER -> writeNumber(out, (double) value.getInteger());
      case TEXT -> {
        out.writeByte('t');
        write(out, value.getText());
      }
      case FLAG -> {
        out.writeByte('f');
        out.writeBoolean(value.getFlag());
      }
      case PER_LAYER -> {
        out.writeByte('l');
        out.writeInt(value.getPerLayer().getValuesCount());
        for (ParameterValue each : value.getPerLayer().getValuesList()) {
          write(out, each);
        }
      }
      case KIND_NOT_SET -> throw new IllegalArgumentException("a parameter without a value");
    }
  }

  private static void writeNumber(DataOutputStream out, double number) throws IOException {
    out.writeByte('n');
    out.writeLong(Double.doubleToRawLongBits(number));
  }

  private static void write(DataOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static byte[] bytes(float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES));
    for (float value : values) {
      bytes.putInt(Float.floatToRawIntBits(value));
    }
    return bytes.array();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }
}
