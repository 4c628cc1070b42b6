package dev.caviar.worker.backend;

import dev.caviar.worker.network.Activation;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link Loops} with the Vector API, in the widest vectors of the processor. A block of as many
 * units as a vector has lanes is done from beginning to end while it is in the first-level cache;
 * units that do not fill a vector are left to {@link PlainLoops}.
 */
final class VectorLoops implements Loops {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

  @Override
  public String description() {
    return "Vector API " + SPECIES.vectorBitSize() + " bit";
  }

  @Override
  public void normalize(
      float[] z,
      float[] a,
      int rows,
      int units,
      float[] gamma,
      float[] beta,
      float epsilon,
      Activation activation,
      float[] mean,
      float[] variance,
      float[] inverse) {
    int bound = SPECIES.loopBound(units);
    boolean relu = activation == Activation.RELU;
    for (int j = 0; j < bound; j += LANES) {
      normalizeBlock(z, a, rows, units, j, gamma, beta, epsilon, relu, mean, variance, inverse);
    }
    if (bound < units) {
      PlainLoops.normalizeUnits(
          bound, z, a, rows, units, gamma, beta, epsilon, mean, variance, inverse);
    }
    if (!relu) {
      activate(a, rows * units, activation);
    } else if (bound < units) {
      reluUnits(a, rows, units, bound);
    }
  }

  private static void normalizeBlock(
      float[] z,
      float[] a,
      int rows,
      int units,
      int j,
      float[] gamma,
      float[] beta,
      float epsilon,
      boolean relu,
      float[] mean,
      float[] variance,
      float[] inverse) {
    int end = rows * units + j;
    // Two sums at once, because one would wait for itself at each addition.
    FloatVector sum0 = FloatVector.zero(SPECIES);
    FloatVector sum1 = FloatVector.zero(SPECIES);
    int i = j;
    for (; i + units < end; i += 2 * units) {
      sum0 = sum0.add(FloatVector.fromArray(SPECIES, z, i));
      sum1 = sum1.add(FloatVector.fromArray(SPECIES, z, i + units));
    }
    if (i < end) {
      sum0 = sum0.add(FloatVector.fromArray(SPECIES, z, i));
    }
    FloatVector mu = sum0.add(sum1).div(rows);
    FloatVector square0 = FloatVector.zero(SPECIES);
    FloatVector square1 = FloatVector.zero(SPECIES);
    i = j;
    for (; i + units < end; i += 2 * units) {
      FloatVector d0 = FloatVector.fromArray(SPECIES, z, i).sub(mu);
      FloatVector d1 = FloatVector.fromArray(SPECIES, z, i + units).sub(mu);
      square0 = d0.fma(d0, square0);
      square1 = d1.fma(d1, square1);
    }
    if (i < end) {
      FloatVector d0 = FloatVector.fromArray(SPECIES, z, i).sub(mu);
      square0 = d0.fma(d0, square0);
    }
    FloatVector sigma2 = square0.add(square1).div(rows);
    FloatVector inv = FloatVector.broadcast(SPECIES, 1f).div(sigma2.add(epsilon).sqrt());
    mu.intoArray(mean, j);
    sigma2.intoArray(variance, j);
    inv.intoArray(inverse, j);
    FloatVector g = FloatVector.fromArray(SPECIES, gamma, j);
    FloatVector b = FloatVector.fromArray(SPECIES, beta, j);
    FloatVector floor = FloatVector.broadcast(SPECIES, relu ? 0f : Float.NEGATIVE_INFINITY);
    for (i = j; i < end; i += units) {
      FloatVector normalized = FloatVector.fromArray(SPECIES, z, i).sub(mu).mul(inv);
      normalized.intoArray(z, i);
      normalized.fma(g, b).max(floor).intoArray(a, i);
    }
  }

  @Override
  public void normalizeBackward(
      float[] d,
      float[] a,
      float[] normalized,
      int rows,
      int units,
      float[] gamma,
      float[] inverse,
      Activation activation,
      float[] gammaGradient,
      float[] betaGradient) {
    activateBackward(d, a, rows * units, activation);
    int bound = SPECIES.loopBound(units);
    for (int j = 0; j < bound; j += LANES) {
      normalizeBlockBackward(
          d, normalized, rows, units, j, gamma, inverse, gammaGradient, betaGradient);
    }
    if (bound < units) {
      PlainLoops.normalizeUnitsBackward(
          bound, d, normalized, rows, units, gamma, inverse, gammaGradient, betaGradient);
    }
  }

  private static void normalizeBlockBackward(
      float[] d,
      float[] normalized,
      int rows,
      int units,
      int j,
      float[] gamma,
      float[] inverse,
      float[] gammaGradient,
      float[] betaGradient) {
    int end = rows * units + j;
    FloatVector gammaSum = FloatVector.zero(SPECIES);
    FloatVector betaSum = FloatVector.zero(SPECIES);
    for (int i = j; i < end; i += units) {
      FloatVector gradient = FloatVector.fromArray(SPECIES, d, i);
      betaSum = betaSum.add(gradient);
      gammaSum = gradient.fma(FloatVector.fromArray(SPECIES, normalized, i), gammaSum);
    }
    gammaSum.intoArray(gammaGradient, j);
    betaSum.intoArray(betaGradient, j);
    FloatVector betaMean = betaSum.div(rows);
    FloatVector minusGammaMean = gammaSum.div(-rows);
    FloatVector scale =
        FloatVector.fromArray(SPECIES, gamma, j).mul(FloatVector.fromArray(SPECIES, inverse, j));
    for (int i = j; i < end; i += units) {
      FloatVector.fromArray(SPECIES, normalized, i)
          .fma(minusGammaMean, FloatVector.fromArray(SPECIES, d, i).sub(betaMean))
          .mul(scale)
          .intoArray(d, i);
    }
  }

  @Override
  public void scaleShift(
      float[] z,
      float[] a,
      int rows,
      int units,
      float[] scale,
      float[] shift,
      Activation activation) {
    int bound = SPECIES.loopBound(units);
    for (int row = 0; row < rows; row++) {
      int at = row * units;
      for (int j = 0; j < bound; j += LANES) {
        FloatVector.fromArray(SPECIES, z, at + j)
            .fma(FloatVector.fromArray(SPECIES, scale, j), FloatVector.fromArray(SPECIES, shift, j))
            .intoArray(a, at + j);
      }
    }
    if (bound < units) {
      PlainLoops.scaleShiftUnits(bound, z, a, rows, units, scale, shift);
    }
    activate(a, rows * units, activation);
  }

  @Override
  public void biasBackward(
      float[] d, float[] a, int rows, int units, Activation activation, float[] biasGradient) {
    activateBackward(d, a, rows * units, activation);
    int bound = SPECIES.loopBound(units);
    int end = rows * units;
    for (int j = 0; j < bound; j += LANES) {
      FloatVector sum = FloatVector.zero(SPECIES);
      for (int i = j; i < end; i += units) {
        sum = sum.add(FloatVector.fromArray(SPECIES, d, i));
      }
      sum.intoArray(biasGradient, j);
    }
    if (bound < units) {
      PlainLoops.sumUnits(bound, d, rows, units, biasGradient);
    }
  }

  private static void activate(float[] a, int count, Activation activation) {
    int bound = SPECIES.loopBound(count);
    switch (activation) {
      case RELU -> {
        for (int i = 0; i < bound; i += LANES) {
          FloatVector.fromArray(SPECIES, a, i).max(0f).intoArray(a, i);
        }
      }
      case TANH -> VectorFunctions.tanh(a, bound);
      case SIGMOID -> VectorFunctions.logistic(a, bound);
    }
    PlainLoops.activate(a, bound, count, activation);
  }

  private static void activateBackward(float[] d, float[] a, int count, Activation activation) {
    int bound = SPECIES.loopBound(count);
    switch (activation) {
      case RELU -> {
        FloatVector zero = FloatVector.zero(SPECIES);
        for (int i = 0; i < bound; i += LANES) {
          var dead = FloatVector.fromArray(SPECIES, a, i).compare(VectorOperators.LE, 0f);
          FloatVector.fromArray(SPECIES, d, i).blend(zero, dead).intoArray(d, i);
        }
      }
      case TANH -> {
        FloatVector one = FloatVector.broadcast(SPECIES, 1f);
        for (int i = 0; i < bound; i += LANES) {
          FloatVector y = FloatVector.fromArray(SPECIES, a, i);
          FloatVector.fromArray(SPECIES, d, i).mul(one.sub(y.mul(y))).intoArray(d, i);
        }
      }
      case SIGMOID -> {
        FloatVector one = FloatVector.broadcast(SPECIES, 1f);
        for (int i = 0; i < bound; i += LANES) {
          FloatVector y = FloatVector.fromArray(SPECIES, a, i);
          FloatVector.fromArray(SPECIES, d, i).mul(y.mul(one.sub(y))).intoArray(d, i);
        }
      }
    }
    PlainLoops.activateBackward(d, a, bound, count, activation);
  }

  private static void reluUnits(float[] a, int rows, int units, int from) {
    for (int row = 0; row < rows; row++) {
      for (int j = from; j < units; j++) {
        a[row * units + j] = Math.max(a[row * units + j], 0f);
      }
    }
  }

  @Override
  public void exp(float[] x, int count) {
    int bound = SPECIES.loopBound(count);
    VectorFunctions.exp(x, bound);
    PlainLoops.exp(x, bound, count);
  }

  @Override
  public void multiply(float[] x, float[] y, int count) {
    int bound = SPECIES.loopBound(count);
    for (int i = 0; i < bound; i += LANES) {
      FloatVector.fromArray(SPECIES, x, i)
          .mul(FloatVector.fromArray(SPECIES, y, i))
          .intoArray(x, i);
    }
    PlainLoops.multiply(x, y, bound, count);
  }

  @Override
  public void sgd(float[] w, float[] g, float rate, float l2) {
    int bound = SPECIES.loopBound(w.length);
    FloatVector decay = FloatVector.broadcast(SPECIES, l2);
    FloatVector minusRate = FloatVector.broadcast(SPECIES, -rate);
    for (int i = 0; i < bound; i += LANES) {
      FloatVector x = FloatVector.fromArray(SPECIES, w, i);
      FloatVector h = x.fma(decay, FloatVector.fromArray(SPECIES, g, i));
      h.fma(minusRate, x).intoArray(w, i);
    }
    PlainLoops.sgd(bound, w, g, rate, l2);
  }

  @Override
  public void momentum(float[] w, float[] g, float[] m, float rate, float beta, float l2) {
    int bound = SPECIES.loopBound(w.length);
    FloatVector decay = FloatVector.broadcast(SPECIES, l2);
    FloatVector minusRate = FloatVector.broadcast(SPECIES, -rate);
    FloatVector keep = FloatVector.broadcast(SPECIES, beta);
    FloatVector take = FloatVector.broadcast(SPECIES, 1 - beta);
    for (int i = 0; i < bound; i += LANES) {
      FloatVector x = FloatVector.fromArray(SPECIES, w, i);
      FloatVector h = x.fma(decay, FloatVector.fromArray(SPECIES, g, i));
      FloatVector velocity = FloatVector.fromArray(SPECIES, m, i).fma(keep, h.mul(take));
      velocity.intoArray(m, i);
      velocity.fma(minusRate, x).intoArray(w, i);
    }
    PlainLoops.momentum(bound, w, g, m, rate, beta, l2);
  }

  @Override
  public void rmsprop(
      float[] w, float[] g, float[] s, float rate, float beta2, float epsilon, float l2) {
    int bound = SPECIES.loopBound(w.length);
    FloatVector decay = FloatVector.broadcast(SPECIES, l2);
    FloatVector minusRate = FloatVector.broadcast(SPECIES, -rate);
    FloatVector keep = FloatVector.broadcast(SPECIES, beta2);
    FloatVector take = FloatVector.broadcast(SPECIES, 1 - beta2);
    FloatVector small = FloatVector.broadcast(SPECIES, epsilon);
    for (int i = 0; i < bound; i += LANES) {
      FloatVector x = FloatVector.fromArray(SPECIES, w, i);
      FloatVector h = x.fma(decay, FloatVector.fromArray(SPECIES, g, i));
      FloatVector square = FloatVector.fromArray(SPECIES, s, i).fma(keep, h.mul(take).mul(h));
      square.intoArray(s, i);
      h.div(square.sqrt().add(small)).fma(minusRate, x).intoArray(w, i);
    }
    PlainLoops.rmsprop(bound, w, g, s, rate, beta2, epsilon, l2);
  }

  @Override
  public void adam(
      float[] w,
      float[] g,
      float[] m,
      float[] s,
      float rate,
      float root,
      float beta1,
      float beta2,
      float epsilon,
      float l2) {
    int bound = SPECIES.loopBound(w.length);
    FloatVector decay = FloatVector.broadcast(SPECIES, l2);
    FloatVector minusRate = FloatVector.broadcast(SPECIES, -rate);
    FloatVector keep1 = FloatVector.broadcast(SPECIES, beta1);
    FloatVector take1 = FloatVector.broadcast(SPECIES, 1 - beta1);
    FloatVector keep2 = FloatVector.broadcast(SPECIES, beta2);
    FloatVector take2 = FloatVector.broadcast(SPECIES, 1 - beta2);
    FloatVector roots = FloatVector.broadcast(SPECIES, root);
    FloatVector small = FloatVector.broadcast(SPECIES, epsilon);
    for (int i = 0; i < bound; i += LANES) {
      FloatVector x = FloatVector.fromArray(SPECIES, w, i);
      FloatVector h = x.fma(decay, FloatVector.fromArray(SPECIES, g, i));
      FloatVector first = FloatVector.fromArray(SPECIES, m, i).fma(keep1, h.mul(take1));
      FloatVector second = FloatVector.fromArray(SPECIES, s, i).fma(keep2, h.mul(take2).mul(h));
      first.intoArray(m, i);
      second.intoArray(s, i);
      first.div(second.sqrt().fma(roots, small)).fma(minusRate, x).intoArray(w, i);
    }
    PlainLoops.adam(bound, w, g, m, s, rate, root, beta1, beta2, epsilon, l2);
  }
}
