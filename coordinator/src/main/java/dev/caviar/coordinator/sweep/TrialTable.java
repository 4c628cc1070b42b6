package dev.caviar.coordinator.sweep;

import java.util.AbstractList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.RandomAccess;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A sweep's trials by their numbers. They are there one by one at first, and page by page once all
 * of a page are over and somebody has packed them. Belongs to one actor.
 */
final class TrialTable extends AbstractList<Trial> implements RandomAccess {
  private final TrialArchive archive;
  private final NavigableMap<Integer, Trial> open = new TreeMap<>();
  private final NavigableMap<Integer, TrialPage> pages = new TreeMap<>();
  // Of pages that are not packed, by their first trial: how many are over.
  private final Map<Integer, Integer> over = new HashMap<>();
  private final TreeSet<Integer> packable = new TreeSet<>();
  private int size;

  TrialTable(TrialArchive archive) {
    this.archive = archive;
  }

  @Override
  public Trial get(int number) {
    Trial trial = open.get(number);
    if (trial != null) {
      return trial;
    }
    TrialPage page = page(number);
    if (page == null) {
      throw new IndexOutOfBoundsException("there is no trial " + number);
    }
    return archive.contents(page).trials().get(number - page.first());
  }

  /** One that is in no page. */
  @Override
  public Trial set(int number, Trial trial) {
    Trial before = open.put(number, trial);
    if (before == null) {
      throw new IllegalStateException("trial " + number + " is in a page");
    }
    count(before, -1);
    count(trial, 1);
    return before;
  }

  @Override
  public boolean add(Trial trial) {
    open.put(size++, trial);
    count(trial, 1);
    return true;
  }

  @Override
  public int size() {
    return size;
  }

  private void count(Trial trial, int by) {
    if (!trial.isOver()) {
      return;
    }
    int first = trial.number() - trial.number() % archive.pageSize();
    if (over.merge(first, by, Integer::sum) == archive.pageSize()) {
      packable.add(first);
    } else {
      packable.remove(first);
    }
  }

  /** All that a snapshot says, into a table without trials. */
  void restore(Collection<Trial> single, Collection<TrialPage> packed) {
    packed.forEach(page -> pages.put(page.first(), page));
    size = pages.isEmpty() ? 0 : pages.lastEntry().getValue().end();
    for (Trial trial : single) {
      open.put(trial.number(), trial);
      count(trial, 1);
      size = Math.max(size, trial.number() + 1);
    }
  }

  /** The first trials of those pages all of whose trials are over, and which are not packed. */
  List<Integer> packable() {
    return List.copyOf(packable);
  }

  /** The trials of a page that is not packed. */
  List<Trial> packable(int first) {
    return List.copyOf(open.subMap(first, first + archive.pageSize()).values());
  }

  /** From here on those trials are in the page. */
  void pack(TrialPage page) {
    open.subMap(page.first(), page.end()).clear();
    over.remove(page.first());
    packable.remove(page.first());
    pages.put(page.first(), page);
  }

  /** From here on the page's trials are there one by one. */
  void unpack(TrialPage page) {
    pages.remove(page.first());
    for (Trial trial : archive.contents(page).trials()) {
      open.put(trial.number(), trial);
      count(trial, 1);
    }
  }

  /** The page that has the trial; null if it is in none. */
  @Nullable TrialPage page(int number) {
    Map.Entry<Integer, TrialPage> entry = pages.floorEntry(number);
    return entry != null && number < entry.getValue().end() ? entry.getValue() : null;
  }

  /** In the order of their trials. */
  Collection<TrialPage> pages() {
    return Collections.unmodifiableCollection(pages.values());
  }

  /** The trials that are in no page, in the order of their numbers. */
  Collection<Trial> single() {
    return Collections.unmodifiableCollection(open.values());
  }
}
