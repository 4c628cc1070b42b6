package dev.caviar.coordinator.schedule;

import java.util.List;

/** Every trial trains all its epochs. */
final class NoEarlyStopping implements Schedule {
  @Override
  public List<Integer> rungs(int trial) {
    return List.of();
  }

  @Override
  public Verdict judge(int trial, int epoch, Standings standings) {
    return new Verdict.GoOn("no trial is stopped early");
  }
}
