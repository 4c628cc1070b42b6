package dev.caviar.cli;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.encoder.Encoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The log on standard error. While a live view has the terminal, what is logged is held back and
 * comes when the view has gone: it would be drawn over. logback.xml names this class.
 */
public final class ConsoleLog extends AppenderBase<ILoggingEvent> {
  /** Of what is held back; the file has the rest. */
  private static final int MOST_HELD = 200;

  private static @Nullable List<String> held;

  private @Nullable Encoder<ILoggingEvent> encoder;

  /** Called by logback. */
  public void setEncoder(Encoder<ILoggingEvent> encoder) {
    this.encoder = encoder;
  }

  /** Holds back what is logged from now on. */
  public static synchronized void hold() {
    held = new ArrayList<>();
  }

  /** Prints what was held back. */
  public static synchronized void release() {
    List<String> lines = held;
    held = null;
    if (lines != null) {
      lines.forEach(System.err::print);
    }
  }

  @Override
  protected void append(ILoggingEvent event) {
    if (encoder != null) {
      print(new String(encoder.encode(event), StandardCharsets.UTF_8));
    }
  }

  private static synchronized void print(String text) {
    if (held == null) {
      System.err.print(text);
    } else if (held.size() < MOST_HELD) {
      held.add(text);
    }
  }
}
