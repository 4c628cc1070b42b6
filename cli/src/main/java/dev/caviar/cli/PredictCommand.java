package dev.caviar.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import de.siegmar.fastcsv.writer.CsvWriter;
import dev.caviar.cli.results.ResultFolder;
import dev.caviar.cli.view.Texts;
import dev.caviar.proto.v1.GetBestModelRequest;
import dev.caviar.proto.v1.GetBestModelResponse;
import dev.caviar.proto.v1.Task;
import dev.caviar.worker.backend.Examples;
import dev.caviar.worker.backend.Trainer;
import dev.caviar.worker.data.PredictionData;
import dev.caviar.worker.model.TrainedModel;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code caviar predict}: a sweep's best model on new data. */
@Command(
    name = "predict",
    mixinStandardHelpOptions = true,
    customSynopsis = {
      "caviar predict [OPTIONS] RESULT FILE",
      "       caviar predict [OPTIONS] --sweep SWEEP FILE"
    },
    description = {
      "Uses a sweep's best model on new data: a CSV file, or a file of IDX images.",
      "Where the data has labels too, it says how many were met."
    },
    footer = {
      "",
      "Examples:",
      "  caviar predict caviar-results/digits-20261123-120000 new.csv --output csv",
      "  caviar predict best-model.caviar t10k-images-idx3-ubyte.gz \\",
      "      --labels t10k-labels-idx1-ubyte.gz",
      "  caviar predict --sweep last new.csv"
    })
final class PredictCommand implements Callable<Integer> {
  /** Rows of a table for people, who rarely want more; the other formats have them all. */
  private static final int TABLE_ROWS = 20;

  @SuppressWarnings("NullAway.Init")
  @Spec
  private CommandSpec spec;

  @Mixin private final ConnectionOptions connection = new ConnectionOptions();

  @SuppressWarnings("NullAway.Init")
  @Parameters(
      index = "0",
      paramLabel = "RESULT",
      description = "A result folder, or a model file; left out with --sweep.")
  private Path first;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "FILE",
      description = "The data, plain or gzip.")
  private @Nullable Path second;

  @Option(
      names = "--sweep",
      paramLabel = "SWEEP",
      description =
          "Use the best model of this sweep of the cluster: its id, the beginning of one, or last.")
  private @Nullable String sweep;

  @Option(
      names = "--header",
      negatable = true,
      description = "Whether a CSV file begins with column names (default: as in training).")
  private @Nullable Boolean header;

  @Option(
      names = "--label",
      paramLabel = "COLUMN",
      description = "The label column by name or number from 0 (default: as in training, if any).")
  private String label = "";

  @Option(names = "--labels", paramLabel = "FILE", description = "IDX labels of IDX images.")
  private @Nullable Path labels;

  @Option(
      names = "--delimiter",
      paramLabel = "CHAR",
      description = "Between columns of a CSV file.")
  private String delimiter = "";

  @Option(
      names = "--output",
      paramLabel = "FORMAT",
      description = "table, csv or json (default: ${DEFAULT-VALUE}).")
  private OutputFormat output = OutputFormat.TABLE;

  @Override
  public Integer call() throws Exception {
    TrainedModel model;
    Path file;
    if (sweep != null) {
      if (second != null) {
        throw new ParameterException(
            spec.commandLine(), "With --sweep there is only FILE, and no RESULT before it");
      }
      file = first;
      model = fetch(sweep);
    } else {
      if (second == null) {
        throw new ParameterException(
            spec.commandLine(), "FILE is missing: name RESULT and FILE, or --sweep SWEEP and FILE");
      }
      file = second;
      model = TrainedModel.read(ResultFolder.modelFile(first));
    }
    PredictionData data = read(model, file);
    float[] outputs = model.predict(data.features(), data.count());
    List<Prediction> predictions = predictions(model, outputs, data.count());
    Optional<Examples> labeled = data.labeled();
    Trainer.Evaluation score =
        labeled.isPresent() && data.count() > 0 ? model.evaluate(labeled.get()) : null;
    PrintWriter out = spec.commandLine().getOut();
    switch (output) {
      case TABLE -> printTable(out, predictions);
      case CSV -> printCsv(out, predictions);
      case JSON -> printJson(out, model, predictions, score);
    }
    out.flush();
    if (score != null) {
      spec.commandLine().getErr().println(inWords(model, score, data.count()));
    }
    return ExitCode.OK;
  }

  private TrainedModel fetch(String reference) throws Exception {
    try (SweepClient client = connection.connect()) {
      String id = SweepReference.resolve(client, reference).getStatus().getSweepId();
      GetBestModelResponse best =
          Answers.await(client.bestModel(GetBestModelRequest.newBuilder().setSweepId(id).build()));
      if (!best.hasModel()) {
        throw new CommandException(
            ExitCode.FAILED, id + " has no model yet: no trial of it has completed");
      }
      return TrainedModel.of(best.getModel());
    }
  }

  private PredictionData read(TrainedModel model, Path file) {
    if (isIdx(file)) {
      return PredictionData.readIdx(file, labels, model.signature());
    }
    boolean withHeader =
        header != null ? header : model.provenance().getData().getCsv().getHeader();
    String between =
        delimiter.isEmpty() ? model.provenance().getData().getCsv().getDelimiter() : delimiter;
    return PredictionData.readCsv(file, withHeader, between, label, model.signature());
  }

  /** By content: an IDX file begins with two zero bytes, which no text does. */
  private static boolean isIdx(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] start = in.readNBytes(2);
      boolean gzip = start.length == 2 && start[0] == 0x1f && start[1] == (byte) 0x8b;
      if (gzip) {
        try (InputStream unzipped = new GZIPInputStream(Files.newInputStream(file))) {
          start = unzipped.readNBytes(2);
        }
      }
      return start.length == 2 && start[0] == 0 && start[1] == 0;
    } catch (IOException e) {
      // Whoever reads the file in earnest says better what is wrong with it.
      return false;
    }
  }

  /**
   * @param answer the class, or the value of a regression
   * @param probability of that class; NaN for a regression
   */
  private record Prediction(int row, String answer, double probability) {}

  private static List<Prediction> predictions(TrainedModel model, float[] outputs, int count) {
    boolean classifier = model.task() == Task.CLASSIFICATION;
    int width = model.network().outputs();
    List<Prediction> predictions = new ArrayList<>(count);
    for (int row = 0; row < count; row++) {
      if (classifier) {
        int best = model.predictedClass(outputs, row);
        predictions.add(
            new Prediction(row, model.classNames().get(best), outputs[row * width + best]));
      } else {
        predictions.add(new Prediction(row, Float.toString(outputs[row * width]), Double.NaN));
      }
    }
    return predictions;
  }

  private static void printTable(PrintWriter out, List<Prediction> predictions) {
    boolean classifier =
        !predictions.isEmpty() && !Double.isNaN(predictions.getFirst().probability);
    TextTable table =
        new TextTable(
            classifier ? List.of("row", "class", "probability") : List.of("row", "value"));
    for (Prediction p : predictions.subList(0, Math.min(TABLE_ROWS, predictions.size()))) {
      String row = Integer.toString(p.row);
      table.add(
          classifier
              ? List.of(row, p.answer, String.format(Locale.ROOT, "%.4f", p.probability))
              : List.of(row, p.answer));
    }
    table.lines().forEach(out::println);
    if (predictions.size() > TABLE_ROWS) {
      out.printf(
          "... and %d more rows; --output csv or json has them all%n",
          predictions.size() - TABLE_ROWS);
    }
  }

  private static void printCsv(PrintWriter out, List<Prediction> predictions) {
    boolean classifier =
        !predictions.isEmpty() && !Double.isNaN(predictions.getFirst().probability);
    try {
      CsvWriter csv = CsvWriter.builder().build(out);
      if (classifier) {
        csv.writeRecord("row", "class", "probability");
      } else {
        csv.writeRecord("row", "value");
      }
      for (Prediction p : predictions) {
        String row = Integer.toString(p.row);
        if (classifier) {
          csv.writeRecord(row, p.answer, Float.toString((float) p.probability));
        } else {
          csv.writeRecord(row, p.answer);
        }
      }
      csv.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void printJson(
      PrintWriter out,
      TrainedModel model,
      List<Prediction> predictions,
      Trainer.@Nullable Evaluation score) {
    ObjectNode document = Json.object();
    document.put("sweep", model.provenance().getSweepId());
    document.put("trial", model.provenance().getTrial());
    ArrayNode rows = document.putArray("predictions");
    for (Prediction p : predictions) {
      ObjectNode row = rows.addObject().put("row", p.row);
      if (Double.isNaN(p.probability)) {
        row.put("value", Float.parseFloat(p.answer));
      } else {
        row.put("class", p.answer).put("probability", (float) p.probability);
      }
    }
    if (score != null) {
      document.put("loss", score.loss()).put("error", score.error());
    }
    out.println(Json.print(document));
  }

  private static String inWords(TrainedModel model, Trainer.Evaluation score, int count) {
    return model.task() == Task.CLASSIFICATION
        ? String.format(
            Locale.ROOT,
            "%d of %d labels met: error %.2f %%, loss %s",
            Math.round((1 - score.error()) * count),
            count,
            100 * score.error(),
            Texts.number(score.loss()))
        : String.format(
            Locale.ROOT,
            "root mean squared error %s over %d rows",
            Texts.number(score.error()),
            count);
  }
}
