package dev.caviar.coordinator.schedule;

/** What becomes of a trial at a rung; each with its reason, for people. */
public sealed interface Verdict {
  String reason();

  /** It trains on. */
  record GoOn(String reason) implements Verdict {}

  /** It ends early. */
  record Stop(String reason) implements Verdict {}

  /**
   * It goes on as a copy of another, the donor, with parameters near the donor's.
   *
   * @param resample the probability with which a parameter is sampled anew instead, from 0 to 1
   */
  record Exploit(int donor, double resample, String reason) implements Verdict {}

  /** Not to be said before more trials have reached the rung or ended. */
  record Wait(String reason) implements Verdict {}
}
