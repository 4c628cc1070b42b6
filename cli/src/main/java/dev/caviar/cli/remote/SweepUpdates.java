package dev.caviar.cli.remote;

import dev.caviar.proto.v1.SweepState;
import dev.caviar.proto.v1.SweepUpdate;
import dev.caviar.proto.v1.WatchSweepRequest;
import java.util.Iterator;
import java.util.function.Consumer;

/** What happens to a sweep, from the cursor of the last update on. */
final class SweepUpdates implements Watching.Updates<SweepUpdate> {
  private final Consumer<SweepUpdate> onUpdate;
  private WatchSweepRequest next;
  private SweepState state = SweepState.SWEEP_STATE_UNSPECIFIED;

  SweepUpdates(WatchSweepRequest request, Consumer<SweepUpdate> onUpdate) {
    this.onUpdate = onUpdate;
    next = request;
  }

  @Override
  public Iterator<SweepUpdate> open(GrpcSweepClient.Server server) {
    return server.sweeps().watchSweep(next);
  }

  @Override
  public void take(SweepUpdate update) {
    if (update.hasStatus()) {
      state = update.getStatus().getState();
    }
    onUpdate.accept(update);
    next = next.toBuilder().setAfterCursor(update.getCursor()).build();
  }

  @Override
  public boolean over() {
    return switch (state) {
      case SWEEP_RUNNING, SWEEP_STOPPING, SWEEP_PAUSED -> false;
      case SWEEP_COMPLETED, SWEEP_STOPPED, SWEEP_STATE_UNSPECIFIED, UNRECOGNIZED -> true;
    };
  }
}
