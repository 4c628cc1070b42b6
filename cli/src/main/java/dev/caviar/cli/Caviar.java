package dev.caviar.cli;

import dev.caviar.cli.panda.PandaCommand;
import dev.caviar.cli.remote.RemoteException;
import dev.caviar.cli.results.ResultsException;
import dev.caviar.proto.CaviarVersion;
import dev.caviar.worker.data.DataException;
import dev.caviar.worker.model.ModelException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code caviar} command. */
@Command(
    name = "caviar",
    mixinStandardHelpOptions = true,
    versionProvider = Caviar.Version.class,
    description = "Tunes batch-norm networks: many trials at once, their curves side by side.",
    subcommands = {
      RunCommand.class,
      PlanCommand.class,
      PredictCommand.class,
      SubmitCommand.class,
      WatchCommand.class,
      ListCommand.class,
      ShowCommand.class,
      TrialsCommand.class,
      LogsCommand.class,
      BestCommand.class,
      CompareCommand.class,
      RetestCommand.class,
      ImportanceCommand.class,
      ZoomCommand.class,
      VerifyCommand.class,
      ReplayCommand.class,
      ExportCommand.class,
      PauseCommand.class,
      ResumeCommand.class,
      ReviveCommand.class,
      ContinueCommand.class,
      EnqueueCommand.class,
      SpaceCommand.class,
      StopCommand.class,
      CancelCommand.class,
      PandaCommand.class,
      CoordinatorCommand.class,
      WorkerCommand.class,
      CertsCommand.class,
      WorkersCommand.class,
      DataCommand.class,
      DoctorCommand.class,
      CompletionCommand.class
    },
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all went well",
      "1:no trial completed, or something needed is broken",
      "2:a wrong option, sweep file or data file, or no such sweep; nothing was done",
      "4:no coordinator could be reached, or it does not admit this client",
      "130:ended by Ctrl-C; for run, with the best so far"
    },
    footer = {
      "",
      "Examples:",
      "  caviar run examples/digits.yaml",
      "  caviar plan examples/digits.yaml",
      "  caviar predict caviar-results/digits-20261123-120000 new-digits.csv",
      "  caviar submit examples/digits.yaml --server tuner.example.org:7070 --watch"
    })
public final class Caviar implements Runnable {
  private static final List<CommandGroups.Group> GROUPS =
      List.of(
          new CommandGroups.Group(
              "In this process",
              List.of(RunCommand.class, PlanCommand.class, PredictCommand.class)),
          new CommandGroups.Group(
              "Sweeps of a cluster",
              List.of(
                  SubmitCommand.class,
                  WatchCommand.class,
                  ListCommand.class,
                  ShowCommand.class,
                  TrialsCommand.class,
                  LogsCommand.class,
                  BestCommand.class,
                  CompareCommand.class,
                  RetestCommand.class,
                  ImportanceCommand.class,
                  ZoomCommand.class,
                  VerifyCommand.class,
                  ReplayCommand.class,
                  ExportCommand.class,
                  PauseCommand.class,
                  ResumeCommand.class,
                  ReviveCommand.class,
                  ContinueCommand.class,
                  EnqueueCommand.class,
                  SpaceCommand.class,
                  StopCommand.class,
                  CancelCommand.class)),
          new CommandGroups.Group("One model of a cluster, babysat", List.of(PandaCommand.class)),
          new CommandGroups.Group(
              "The cluster itself",
              List.of(
                  CoordinatorCommand.class,
                  WorkerCommand.class,
                  CertsCommand.class,
                  WorkersCommand.class,
                  DataCommand.class)),
          new CommandGroups.Group(
              "This installation", List.of(DoctorCommand.class, CompletionCommand.class)));

  // Set by picocli before anything else is called.
  @SuppressWarnings("NullAway.Init")
  @Spec
  private CommandSpec spec;

  /** Runs the command and ends the JVM with its exit code. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    CommandLine caviar =
        new CommandLine(new Caviar())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExecutionExceptionHandler(Caviar::explain);
    abbreviate(caviar);
    Map<String, IHelpSectionRenderer> sections = caviar.getHelpSectionMap();
    sections.remove(UsageMessageSpec.SECTION_KEY_COMMAND_LIST_HEADING);
    sections.put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, new CommandGroups(GROUPS));
    return caviar;
  }

  /** What the help says of each option below would only hide the arguments in its first line. */
  private static void abbreviate(CommandLine command) {
    for (CommandLine sub : command.getSubcommands().values()) {
      sub.getCommandSpec().usageMessage().abbreviateSynopsis(true);
      abbreviate(sub);
    }
  }

  /** Without a command there is nothing to do but to say which there are. */
  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command?");
  }

  private static int explain(Exception e, CommandLine command, CommandLine.ParseResult parsed) {
    PrintWriter err = command.getErr();
    return switch (e) {
      case CommandException known -> {
        err.println(known.getMessage());
        yield known.exitCode();
      }
      case DataException data -> {
        err.println(data.getMessage());
        yield ExitCode.USAGE;
      }
      case ModelException model -> {
        err.println(model.getMessage());
        yield ExitCode.USAGE;
      }
      case ResultsException results -> {
        err.println(results.getMessage());
        yield ExitCode.USAGE;
      }
      case RemoteException remote -> {
        err.println(remote.getMessage());
        yield switch (remote.kind()) {
          case UNREACHABLE, REFUSED -> ExitCode.UNREACHABLE;
          case WRONG_REQUEST -> ExitCode.USAGE;
          case FAILED -> ExitCode.FAILED;
        };
      }
      default -> {
        err.println("This should not have happened; please report it with what follows.");
        e.printStackTrace(err);
        yield ExitCode.FAILED;
      }
    };
  }

  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        "caviar " + CaviarVersion.get(),
        "Java " + Runtime.version() + " on " + System.getProperty("os.name")
      };
    }
  }
}
