package dev.caviar.bench;

import dev.caviar.coordinator.search.GridSampler;
import dev.caviar.coordinator.search.History;
import dev.caviar.coordinator.search.Proposal;
import dev.caviar.coordinator.space.Dimension;
import dev.caviar.coordinator.space.Domain;
import dev.caviar.coordinator.space.ParameterValue;
import dev.caviar.coordinator.space.Point;
import dev.caviar.coordinator.space.Scale;
import dev.caviar.coordinator.space.SearchSpace;
import dev.caviar.coordinator.space.SweepDefinition;
import dev.caviar.coordinator.space.SweepDefinition.Search;
import dev.caviar.coordinator.space.SweepFile;
import dev.caviar.coordinator.space.SweepFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A sweep file's grid: its points in the order of Caviar's own grid sampler, and which of them a
 * point of the whole space is taken for. That is the nearest one in each dimension, on the
 * dimension's scale.
 */
public final class CurveGrid {
  private final SweepDefinition sweep;
  private final List<Point> points = new ArrayList<>();
  private final List<List<ParameterValue>> axes = new ArrayList<>();

  private CurveGrid(SweepDefinition sweep) {
    this.sweep = sweep;
    if (!(sweep.search() instanceof Search.Grid search)) {
      throw new IllegalArgumentException(sweep.name() + " has another sampler than grid");
    }
    GridSampler sampler = new GridSampler(sweep.space(), search);
    for (int i = 0; i < sampler.size(); i++) {
      Proposal proposal = sampler.propose(i, new History(List.of(), true));
      points.add(((Proposal.Sampled) proposal).point());
    }
    for (Dimension dimension : sweep.space().dimensions()) {
      Set<ParameterValue> axis = new LinkedHashSet<>();
      for (Point point : points) {
        ParameterValue value = point.values().get(dimension.name());
        if (value == null) {
          throw new IllegalArgumentException(dimension.name() + " does not apply everywhere");
        }
        axis.add(value);
      }
      axes.add(List.copyOf(axis));
    }
  }

  /** The grid of a sweep file whose sampler is a grid and whose parameters all always apply. */
  public static CurveGrid read(Path file) throws IOException, SweepFileException {
    Path folder = file.toAbsolutePath().getParent();
    return new CurveGrid(
        SweepFile.parse(Files.readString(file), folder == null ? Path.of("/") : folder));
  }

  /** The sweep. */
  public SweepDefinition sweep() {
    return sweep;
  }

  /** Of the whole space, as samplers get it. */
  public SearchSpace space() {
    return sweep.space();
  }

  /** All points, the last dimension varying fastest. */
  public List<Point> points() {
    return points;
  }

  /** A dimension's values, in the order of the points. */
  public List<ParameterValue> axis(int dimension) {
    return axes.get(dimension);
  }

  /** The place in {@link #points} of the one that a point of the space is taken for. */
  public int nearest(Point point) {
    int place = 0;
    for (int d = 0; d < axes.size(); d++) {
      Dimension dimension = space().dimensions().get(d);
      ParameterValue value = point.values().get(dimension.name());
      if (value == null) {
        throw new IllegalArgumentException("a point without " + dimension.name());
      }
      place = place * axes.get(d).size() + nearest(dimension.domain(), axes.get(d), value);
    }
    return place;
  }

  private static int nearest(Domain domain, List<ParameterValue> axis, ParameterValue value) {
    return switch (domain) {
      case Domain.Choices choices -> axis.indexOf(value);
      case Domain.RealRange(Scale scale, double min, double max) ->
          nearest(scale, min, max, axis, value.number());
      case Domain.WholeRange(Scale scale, long min, long max) ->
          min == max ? 0 : nearest(scale, (double) min, (double) max, axis, value.number());
    };
  }

  private static int nearest(
      Scale scale, double min, double max, List<ParameterValue> axis, double x) {
    double u = scale.toUnit(x, min, max);
    int nearest = 0;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < axis.size(); i++) {
      double distance = Math.abs(scale.toUnit(axis.get(i).number(), min, max) - u);
      if (distance < least) {
        least = distance;
        nearest = i;
      }
    }
    return nearest;
  }
}
