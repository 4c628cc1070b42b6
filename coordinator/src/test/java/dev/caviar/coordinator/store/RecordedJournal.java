package dev.caviar.coordinator.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * A recorded journal: {@code records.bin}, each record's manifest and bytes, both preceded by their
 * length in four bytes; and {@code records.txt}, a line for each that says what is in it.
 *
 * <p>Whenever events or snapshots get new fields, or there are new ones, and in any case before a
 * release, a new one is recorded beside the others, which are never changed: main, with the folder
 * as its argument.
 */
final class RecordedJournal {
  static final Path ALL =
      Path.of("src/test/resources/dev/caviar/coordinator/store/journals").toAbsolutePath();

  /** Fields that came to events which had been recorded without them. */
  private static final Set<String> ADDED_LATER =
      Set.of(
          "enqueued",
          "earlier",
          "otherObjectives",
          "violation",
          "atMillis",
          "owner",
          "points",
          "retestOf",
          "caviarVersion",
          "dataSha256",
          "fromStart");

  private final Path folder;

  RecordedJournal(Path folder) {
    this.folder = folder;
  }

  /** Records today's {@link ExampleJournal} in a folder that does not exist. */
  public static void main(String[] arguments) throws IOException {
    new RecordedJournal(Path.of(arguments[0])).record(ExampleJournal.records());
  }

  void record(List<Object> records) throws IOException {
    Files.createDirectories(folder.getParent());
    Files.createDirectory(folder);
    JournalSerializer serializer = new JournalSerializer();
    StringBuilder text = new StringBuilder();
    try (DataOutputStream out =
        new DataOutputStream(Files.newOutputStream(folder.resolve("records.bin")))) {
      for (Object record : records) {
        byte[] manifest = serializer.manifest(record).getBytes(UTF_8);
        byte[] bytes = serializer.toBinary(record);
        out.writeInt(manifest.length);
        out.write(manifest);
        out.writeInt(bytes.length);
        out.write(bytes);
        text.append(text(record)).append('\n');
      }
    }
    Files.writeString(folder.resolve("records.txt"), text.toString());
  }

  List<Object> read() throws IOException {
    JournalSerializer serializer = new JournalSerializer();
    List<Object> records = new ArrayList<>();
    try (DataInputStream in =
        new DataInputStream(Files.newInputStream(folder.resolve("records.bin")))) {
      while (in.available() > 0) {
        String manifest = new String(in.readNBytes(in.readInt()), UTF_8);
        records.add(serializer.fromBinary(in.readNBytes(in.readInt()), manifest));
      }
    }
    return records;
  }

  List<String> expected() throws IOException {
    return Files.readAllLines(folder.resolve("records.txt"));
  }

  /** Contents in a form that is the same in all versions; what is unset or null is left out. */
  static String text(@Nullable Object value) {
    return switch (value) {
      case null -> "";
      case Message message ->
          message.getDescriptorForType().getName()
              + "{"
              + TextFormat.printer().emittingSingleLine(true).printToString(message)
              + "}";
      case Record record -> {
        StringJoiner fields = new StringJoiner(", ", record.getClass().getSimpleName() + "(", ")");
        for (RecordComponent component : record.getClass().getRecordComponents()) {
          Object field = field(record, component);
          if (field != null && !isAbsent(component.getName(), field)) {
            fields.add(component.getName() + "=" + text(field));
          }
        }
        yield fields.toString();
      }
      case List<?> list -> list.stream().map(RecordedJournal::text).toList().toString();
      case Map<?, ?> map ->
          map.entrySet().stream()
              .map(entry -> entry.getKey() + "=" + text(entry.getValue()))
              .toList()
              .toString();
      default -> value.toString().replace("\n", "\\n");
    };
  }

  /** Whether it is as in journals that had no such field yet. */
  private static boolean isAbsent(String name, Object field) {
    return ADDED_LATER.contains(name) && List.of(false, 0L, 0.0, "", List.of()).contains(field);
  }

  private static @Nullable Object field(Record record, RecordComponent component) {
    try {
      return component.getAccessor().invoke(record);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }
}
