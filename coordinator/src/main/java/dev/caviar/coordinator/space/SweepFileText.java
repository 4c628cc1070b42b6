package dev.caviar.coordinator.space;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * Turns text into YAML nodes that remember where they stand. Files come from clients, so whatever
 * could make a small text large or deep is refused before anything recursive sees it.
 */
final class SweepFileText {
  static final int LONGEST = 256 * 1024;
  private static final int DEEPEST = 20;
  private static final int BYTE_ORDER_MARK = 0xFEFF;

  private SweepFileText() {}

  /** The only document's root; null, reported, if there is none. */
  static @Nullable Node compose(String text, Problems problems) {
    if (text.length() > LONGEST) {
      problems.add(
          Optional.empty(), "the file has more than " + LONGEST + " characters; shorten it");
      return null;
    }
    if (!isPrintable(text, problems)) {
      return null;
    }
    // Such keys are reported by Mapping, which goes on with the rest of the file.
    LoadSettings settings =
        LoadSettings.builder()
            .setAllowDuplicateKeys(true)
            .setAllowNonScalarKeys(true)
            .setUseMarks(true)
            .build();
    try {
      if (!isPlain(new Parse(settings).parseString(text), problems)) {
        return null;
      }
      Optional<Node> root = new Compose(settings).composeString(text);
      if (root.isEmpty()) {
        problems.add(
            Optional.empty(), "the file is empty; it needs name, data, parameters and search");
      }
      return root.orElse(null);
    } catch (MarkedYamlEngineException e) {
      problems.add(
          e.getProblemMark().or(e::getContextMark), "not valid YAML: " + oneLine(e.getProblem()));
    } catch (YamlEngineException e) {
      problems.add(Optional.empty(), "not valid YAML: " + oneLine(e.getMessage()));
    }
    return null;
  }

  /** YAML's reader would refuse the same characters, but not say where they are. */
  private static boolean isPrintable(String text, Problems problems) {
    int line = 1;
    int column = 1;
    int at = 0;
    while (at < text.length()) {
      int character = text.codePointAt(at);
      at += Character.charCount(character);
      if (!StreamReader.isPrintable(character) && !(character == BYTE_ORDER_MARK && at == 1)) {
        problems.add(
            line,
            column,
            "not valid YAML: the character U+%04X is not allowed; remove it".formatted(character));
        return false;
      }
      if (character == '\n') {
        line++;
        column = 1;
      } else {
        column++;
      }
    }
    return true;
  }

  private static boolean isPlain(Iterable<Event> events, Problems problems) {
    int depth = 0;
    int documents = 0;
    for (Event event : events) {
      if (event instanceof CollectionStartEvent) {
        depth++;
      } else if (event instanceof CollectionEndEvent) {
        depth--;
      } else if (event instanceof DocumentStartEvent) {
        documents++;
      }
      String refusal = refusal(event, depth, documents);
      if (refusal != null) {
        problems.add(event.getStartMark(), refusal);
        return false;
      }
    }
    return true;
  }

  private static @Nullable String refusal(Event event, int depth, int documents) {
    if (documents > 1) {
      return "a file is one sweep; put the second document into a file of its own";
    }
    if (depth > DEEPEST) {
      return "nested more than " + DEEPEST + " deep; nothing in a sweep file is";
    }
    return switch (event) {
      case AliasEvent alias ->
          "aliases are not read; write the value of *" + alias.getAlias() + " out";
      case CollectionStartEvent start when start.getTag().isPresent() ->
          "tags are not read; drop " + start.getTag().get();
      case ScalarEvent scalar when scalar.getTag().isPresent() ->
          "tags are not read; drop " + scalar.getTag().get();
      default -> null;
    };
  }

  private static String oneLine(@Nullable String message) {
    return message == null ? "cannot be read" : message.replaceAll("\\s+", " ").strip();
  }
}
