package dev.caviar.cli.panda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caviar.proto.v1.PandaState;
import java.io.IOException;
import java.io.StringReader;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

class PandaTreeTest {
  @Test
  void drawsBranchesWithTheirEntriesAndCheckpoints() throws IOException {
    List<String> lines = PandaTree.lines(Pandas.babysat(), ZoneOffset.UTC);

    assertThat(String.join("\n", lines) + "\n")
        .isEqualTo(PandaScreenTest.golden("tree.txt", lines));
  }

  @Test
  void drawsBranchesOfBranches() {
    PandaState panda =
        Pandas.babysat().toBuilder()
            .addBranches(Pandas.branch(3, 1, 11, 3, 13))
            .addBranches(Pandas.branch(4, 3, 12, 3, 14))
            .build();

    assertThat(PandaTree.lines(panda, ZoneOffset.UTC))
        .anyMatch(line -> line.startsWith("│   └── branch 3: epochs 11 to 13, steps 253 to 299"))
        .anyMatch(line -> line.startsWith("│       └── branch 4: "))
        .anyMatch(line -> line.startsWith("└── branch 2 (present): "));
  }

  @Test
  void showsAllCheckpointsWhereAskedTo() {
    Instant now = Instant.ofEpochMilli(Pandas.BEGUN).plusSeconds(61);
    assertThat(LogCommand.lines(Pandas.babysat(), false, now))
        .contains("4 checkpoints in all; --checkpoints shows them");
    assertThat(LogCommand.lines(Pandas.babysat(), true, now))
        .anyMatch(line -> line.matches("2 \"before-lunch\" +0 +10 +230 +50.5s .* named"))
        .anyMatch(line -> line.matches("3 +2 +40 +920 +20.5s +0.06\\d+ +0.03\\d+"));
  }

  @Test
  void drawsAPictureThatIsWellFormed() throws Exception {
    String svg =
        PandaSvg.draw(
            Pandas.babysat(),
            Map.of(
                0,
                Pandas.points(0, 1, 20),
                1,
                Pandas.points(1, 9, 12),
                2,
                Pandas.points(2, 11, 60)));

    var document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(svg)));
    // Two losses, an error and a rate: of three branches and of the way to where it is.
    assertThat(document.getElementsByTagName("polyline").getLength()).isEqualTo(4 * 4);
    assertThat(svg).contains("epoch 5: set learning_rate 0.01 -&gt; 3 — go faster");
    assertThat(PandaSvg.draw(Pandas.babysat(), Map.of())).contains("</svg>");
  }
}
