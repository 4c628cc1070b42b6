package dev.caviar.cli;

import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.IHelpSectionRenderer;

/** The list of commands in caviar's own help, in groups with a heading each. */
final class CommandGroups implements IHelpSectionRenderer {
  /**
   * @param heading what they have in common
   * @param commands as they are declared
   */
  record Group(String heading, List<Class<?>> commands) {}

  private final List<Group> groups;

  CommandGroups(List<Group> groups) {
    this.groups = List.copyOf(groups);
  }

  @Override
  public String render(Help help) {
    Map<String, CommandLine> all = help.commandSpec().subcommands();
    int width = all.keySet().stream().mapToInt(String::length).max().orElse(0);
    StringBuilder out = new StringBuilder();
    for (Group group : groups) {
      out.append(String.format("%n%s:%n", group.heading()));
      Help.TextTable table =
          Help.TextTable.forColumns(
              help.colorScheme(),
              new Help.Column(width + 4, 2, Help.Column.Overflow.SPAN),
              new Help.Column(76 - width, 0, Help.Column.Overflow.WRAP));
      all.forEach(
          (name, command) -> {
            if (group.commands().contains(command.getCommandSpec().userObject().getClass())) {
              String[] description = command.getCommandSpec().usageMessage().description();
              table.addRowValues(
                  help.colorScheme().commandText(name), help.colorScheme().text(description[0]));
            }
          });
      out.append(table);
    }
    return out.toString();
  }
}
