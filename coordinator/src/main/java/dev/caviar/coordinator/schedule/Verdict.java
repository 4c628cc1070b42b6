package dev.caviar.coordinator.schedule;

/** What becomes of a trial at a rung; each with its reason, for people. */
public sealed interface Verdict {
  String reason();

  /** It trains on. */
  record GoOn(String reason) implements Verdict {}

  /** It ends early. */
  record Stop(String reason) implements Verdict {}

  /** Not to be said before more trials have reached the rung or ended. */
  record Wait(String reason) implements Verdict {}
}
