package dev.caviar.coordinator.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.caviar.coordinator.api.Tokens.Role;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NullUnmarked
class TokensTest {
  private static final String VIEWERS = "a-viewers-token-0123456789";
  private static final String OPERATORS = "an-operators-token-0123456789";

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("tokens");
  }

  private Tokens tokens(String text) throws Exception {
    Files.writeString(file, text);
    return Tokens.read(file);
  }

  @Test
  void knowsEachTokensRole() throws Exception {
    Tokens tokens =
        tokens(
            "# a comment\n\nviewer "
                + VIEWERS
                + " # the dashboard's\n  operator\t"
                + OPERATORS
                + "\r\n");

    assertThat(tokens.role(VIEWERS)).isEqualTo(Role.VIEWER);
    assertThat(tokens.role(OPERATORS)).isEqualTo(Role.OPERATOR);
    assertThat(tokens.role(OPERATORS + "x")).isNull();
    assertThat(tokens.role("")).isNull();
    assertThat(tokens.role("viewer")).isNull();
  }

  @Test
  void aTokenWithTwoRolesHasTheStronger() throws Exception {
    Tokens tokens = tokens("operator " + VIEWERS + "\nviewer " + VIEWERS + "\n");

    assertThat(tokens.role(VIEWERS)).isEqualTo(Role.OPERATOR);
  }

  @Test
  void anOperatorMayReadAndAViewerNoMore() {
    assertThat(Role.OPERATOR.covers(Role.VIEWER)).isTrue();
    assertThat(Role.VIEWER.covers(Role.VIEWER)).isTrue();
    assertThat(Role.VIEWER.covers(Role.OPERATOR)).isFalse();
  }

  @Test
  void aFileThatIsWrongIsSaidSoWithItsLineButNotItsTokens() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tokens.read(folder.resolve("none")))
        .withMessageContaining("none cannot be read");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> tokens("# nobody\n"))
        .withMessageContaining("has no token; each has a line ROLE TOKEN, the role viewer or");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> tokens("viewer " + VIEWERS + "\nadmin " + OPERATORS + "\n"))
        .withMessageContaining("line 2: the first word is the role, viewer or operator")
        .withMessageNotContaining(OPERATORS);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> tokens(OPERATORS))
        .withMessageContaining("line 1: a line is ROLE TOKEN")
        .withMessageNotContaining(OPERATORS);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> tokens("viewer secret"))
        .withMessageContaining("at least 20 characters")
        .withMessageNotContaining("secret");
  }

  @Test
  void isReadAgainWhenItChanges() throws Exception {
    Tokens tokens = tokens("viewer " + VIEWERS + "\n");

    Files.writeString(file, "operator " + OPERATORS + "\n");
    Thread.sleep(1_100);

    assertThat(tokens.role(VIEWERS)).isNull();
    assertThat(tokens.role(OPERATORS)).isEqualTo(Role.OPERATOR);
  }

  @Test
  void staysAsItWasWhenTheFileBecomesWrong() throws Exception {
    Tokens tokens = tokens("viewer " + VIEWERS + "\n");

    Files.writeString(file, "");
    Thread.sleep(1_100);

    assertThat(tokens.role(VIEWERS)).isEqualTo(Role.VIEWER);
  }
}
