package dev.caviar.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.caviar.proto.v1.BlobRef;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.LongConsumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code caviar data push}: sends data files to the coordinator. */
@Command(
    name = "push",
    mixinStandardHelpOptions = true,
    description = {
      "Sends data files to the coordinator, from where workers fetch them.",
      "A sweep file names them by the hash that this prints, where a path would stand:",
      "  data: {csv: \"sha256:...\", dev: 0.2}"
    },
    footer = {
      "",
      "Examples:",
      "  caviar data push iris.csv",
      "  caviar data push train-images-idx3-ubyte.gz train-labels-idx1-ubyte.gz"
    })
final class DataPushCommand extends ClusterCommand {
  /** Less than this is sent before anybody has read how far it is. */
  private static final long WORTH_TELLING = 8L << 20;

  @SuppressWarnings("NullAway.Init")
  @Parameters(
      paramLabel = "FILE",
      arity = "1..*",
      description = "A CSV or IDX file, plain or gzip.")
  private List<Path> files;

  @Override
  protected int run(SweepClient client) throws Exception {
    for (Path file : files) {
      if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
        throw new CommandException(
            ExitCode.USAGE, file + ": there is no such file, or it cannot be read");
      }
    }
    List<BlobRef> stored = new ArrayList<>();
    for (Path file : files) {
      try {
        stored.add(Answers.await(client.putData(file, progress(file, Files.size(file)))));
      } catch (UncheckedIOException e) {
        throw new CommandException(ExitCode.USAGE, file + ": cannot be read: " + e.getMessage());
      }
    }
    return print(() -> json(stored), () -> lines(stored));
  }

  private ObjectNode json(List<BlobRef> stored) {
    ObjectNode document = Json.object();
    ArrayNode list = document.putArray("files");
    for (int i = 0; i < stored.size(); i++) {
      list.addObject()
          .put("file", files.get(i).toString())
          .put("reference", reference(stored.get(i)))
          .put("size", stored.get(i).getSize());
    }
    return document;
  }

  private List<String> lines(List<BlobRef> stored) {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < stored.size(); i++) {
      lines.add(reference(stored.get(i)) + "  " + files.get(i));
    }
    return lines;
  }

  /** As a sweep file names it. */
  private static String reference(BlobRef ref) {
    return "sha256:" + ref.getSha256();
  }

  /** Tells each tenth that is sent, on standard error. */
  private LongConsumer progress(Path file, long size) {
    PrintWriter err = err();
    long[] told = {0};
    return sent -> {
      long tenth = size == 0 ? 10 : 10 * sent / size;
      if (size >= WORTH_TELLING && tenth > told[0]) {
        told[0] = tenth;
        err.printf(Locale.ROOT, "%s: %d %% of %.1f MiB sent%n", file, 10 * tenth, size / 1048576.0);
        err.flush();
      }
    };
  }
}
