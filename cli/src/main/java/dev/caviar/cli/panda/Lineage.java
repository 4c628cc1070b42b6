package dev.caviar.cli.panda;

import dev.caviar.cli.CommandException;
import dev.caviar.cli.ExitCode;
import dev.caviar.proto.v1.CurvePoint;
import dev.caviar.proto.v1.Intervention;
import dev.caviar.proto.v1.PandaBranch;
import dev.caviar.proto.v1.PandaState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * The way to the end of a branch: the branches that were left for it, each up to where it was left,
 * then the branch itself.
 *
 * @param stretches the first one first, at least one
 */
record Lineage(List<Stretch> stretches) {
  /**
   * A part of the way.
   *
   * @param end where it was left; of the last one nowhere
   */
  record Stretch(PandaBranch branch, Place end) {
    /** Whether a point of this branch is on the way. */
    boolean has(CurvePoint point) {
      return point.getStep() <= end.step();
    }

    /** Whether a change that was made on this branch is on the way. */
    boolean has(Intervention entry) {
      return entry.getBranch() == branch.getBranch()
          && counts(entry)
          && place(entry).compareTo(end) <= 0;
    }
  }

  /**
   * A place on the way: after so many mini-batches, and after the changes of the ledger up to an
   * entry that were made just there.
   */
  record Place(long step, long entry) implements Comparable<Place> {
    /** Behind all others. */
    static final Place NOWHERE = new Place(Long.MAX_VALUE, Long.MAX_VALUE);

    @Override
    public int compareTo(Place other) {
      return Comparator.comparingLong(Place::step)
          .thenComparingLong(Place::entry)
          .compare(this, other);
    }
  }

  /** Whether an entry of the ledger counts: it is not on its way to a worker, and not refused. */
  static boolean counts(Intervention entry) {
    return entry.hasStep() && entry.getRefused().isEmpty();
  }

  /** Where an entry of the ledger was made, which counts. */
  static Place place(Intervention entry) {
    return new Place(entry.getStep(), entry.getNumber());
  }

  /** Where a branch begins. */
  static Place beginning(PandaBranch branch) {
    return new Place(branch.getFromStep(), branch.getFromEntry());
  }

  /**
   * The way to a branch's end.
   *
   * @throws CommandException if the panda has no such branch
   */
  static Lineage of(PandaState panda, int branch) {
    List<Stretch> stretches = new ArrayList<>();
    int next = branch;
    Place end = Place.NOWHERE;
    while (true) {
      PandaBranch found = branch(panda, next);
      stretches.addFirst(new Stretch(found, end));
      if (next == 0) {
        return new Lineage(List.copyOf(stretches));
      }
      // A branch may be left before it began: then nothing of it is on the way.
      Place left = beginning(found);
      end = left.compareTo(end) < 0 ? left : end;
      next = found.getParent();
    }
  }

  private static PandaBranch branch(PandaState panda, int number) {
    return panda.getBranchesList().stream()
        .filter(branch -> branch.getBranch() == number)
        .findFirst()
        .orElseThrow(
            () ->
                new CommandException(
                    ExitCode.USAGE,
                    "%s has no branch %d; it has %d, from 0 on"
                        .formatted(panda.getPandaId(), number, panda.getBranchesCount())));
  }

  /** The points that are on the way, of those that each branch has. */
  List<CurvePoint> points(Map<Integer, List<CurvePoint>> branches) {
    List<CurvePoint> points = new ArrayList<>();
    for (Stretch stretch : stretches) {
      for (CurvePoint point : branches.getOrDefault(stretch.branch().getBranch(), List.of())) {
        if (stretch.has(point)) {
          points.add(point);
        }
      }
    }
    return points;
  }

  /** The entries of the ledger that count on the way, in the order of their steps. */
  List<Intervention> entries(PandaState panda) {
    List<Intervention> entries = new ArrayList<>();
    for (Stretch stretch : stretches) {
      panda.getLedgerList().stream()
          .filter(stretch::has)
          .sorted(Comparator.comparing(Lineage::place))
          .forEach(entries::add);
    }
    return entries;
  }
}
