package dev.caviar.cli.panda;

import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.Intervention;
import dev.caviar.proto.v1.PandaAlert;
import dev.caviar.proto.v1.PandaPhase;
import dev.caviar.proto.v1.PandaState;
import dev.caviar.proto.v1.PandaUpdate;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;

/**
 * A panda as lines that stay, for logs and pipes: one for each epoch, but a few a second at most,
 * and one for each phase, entry of the ledger and alert.
 */
final class PandaPlainView {
  private static final Duration INTERVAL = Duration.ofMillis(300);

  private final PrintWriter out;
  private final InstantSource clock;
  private final Set<Long> told = new HashSet<>();
  private final Set<String> alerts = new HashSet<>();
  private PandaPhase phase = PandaPhase.PANDA_PHASE_UNSPECIFIED;
  private Instant nextPoint = Instant.MIN;

  /** Prints on {@code out}, which stays open. */
  PandaPlainView(PrintWriter out, InstantSource clock) {
    this.out = out;
    this.clock = clock;
  }

  /** Prints what is new. */
  void take(PandaUpdate update) {
    if (update.getPointsCount() > 0) {
      point(update.getBranch(), update.getPoints(update.getPointsCount() - 1));
    }
    if (update.hasState()) {
      state(update.getState());
    }
    out.flush();
  }

  private void point(int branch, CurvePoint point) {
    Instant now = clock.instant();
    if (!now.isBefore(nextPoint)) {
      out.println("branch " + branch + "  " + PandaText.point(point));
      nextPoint = now.plus(INTERVAL);
    }
  }

  private void state(PandaState panda) {
    for (Intervention entry : panda.getLedgerList()) {
      // Told once it counts, so that it is told where.
      boolean made = entry.hasStep() || !entry.getRefused().isEmpty();
      if (made && told.add(entry.getNumber())) {
        String where = PandaText.where(entry);
        String place = where.isEmpty() ? "" : "branch " + entry.getBranch() + ", " + where;
        String line =
            "entry %d  %s  %s  %s"
                .formatted(
                    entry.getNumber(), PandaText.what(entry), place, PandaText.whoAndWhy(entry));
        out.println(line.stripTrailing());
      }
    }
    if (panda.getPhase() != phase) {
      phase = panda.getPhase();
      String worker =
          phase == PandaPhase.PANDA_TRAINING && !panda.getWorkerId().isEmpty()
              ? " on " + panda.getWorkerId()
              : "";
      String reason = panda.getReason().isEmpty() ? "" : ": " + panda.getReason();
      out.println(PandaText.word(phase) + worker + reason);
    }
    for (PandaAlert alert : panda.getAlertsList()) {
      if (alerts.add(alert.getKind() + " since " + alert.getSinceMillis())) {
        out.println("! " + alert.getMessage());
        out.println("  " + alert.getAdvice());
      }
    }
  }

  /** Prints a sentence. */
  void note(String text) {
    out.println(text);
    out.flush();
  }
}
