package dev.caviar.worker.backend;

import dev.caviar.worker.network.NetworkConfig;
import dev.caviar.worker.network.NetworkState;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The fast arithmetic: matrix products by OpenBLAS and oneDNN on Java's own arrays, everything
 * between two products in fused loops of the Vector API, all memory taken when a trainer is made.
 * Where OpenBLAS or the Vector API is missing, plain Java takes its place, and {@link #description}
 * says so.
 *
 * <p>The same trial gives the same numbers to the last bit whenever it runs, alone or beside
 * others, on processors of the same kind with the same libraries.
 */
public final class CpuBackend implements Backend {
  private static final Logger log = LoggerFactory.getLogger(CpuBackend.class);

  /**
   * OpenBLAS's kernels for x86 processors without AVX2; on newer ones they lose most of the speed.
   */
  private static final String SLOW_KERNELS =
      "(?i)prescott|core2|nehalem|generic|katmai|sandybridge";

  private final Gemm gemm;
  private final Loops loops;

  /** With the best that this machine and JVM have. */
  public CpuBackend() {
    this(Blas.GEMM, Loops.forThisJvm());
  }

  CpuBackend(Gemm gemm, Loops loops) {
    this.gemm = gemm;
    this.loops = loops;
  }

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public String description() {
    return gemm.description() + ", " + loops.description();
  }

  @Override
  public Trainer newTrainer(
      NetworkConfig config, int maxBatchSize, NetworkState initial, long seed) {
    return new CpuTrainer(config, maxBatchSize, initial, seed, gemm, loops);
  }

  /** One to look at and not to train: without dropout, so that no seed is needed. */
  CpuTrainer trainer(NetworkConfig config, int maxBatchSize, NetworkState state) {
    return new CpuTrainer(config.withoutDropout(), maxBatchSize, state, 0, gemm, loops);
  }

  /** What multiplies matrices here. */
  Gemm gemm() {
    return gemm;
  }

  /**
   * What a look at the arithmetic found, for {@code caviar doctor}.
   *
   * @param kernel OpenBLAS's kernel, null where OpenBLAS could not be loaded
   * @param vectorApi whether the Vector API is there
   * @param gigaflops of a product of 512 × 512 matrices on one thread
   * @param problems sentences that say what is wrong and what to do; empty: all is well
   */
  public record Diagnosis(
      String description,
      @Nullable String kernel,
      boolean vectorApi,
      double gigaflops,
      List<String> problems) {}

  /** Looks at the arithmetic; takes some tens of milliseconds. */
  public Diagnosis diagnose() {
    var problems = new ArrayList<String>();
    Gemm small = gemm instanceof GemmBySize bySize ? bySize.small() : gemm;
    String kernel = small instanceof OpenBlas blas ? blas.core() : null;
    boolean vectors = !(loops instanceof PlainLoops);
    if (kernel == null) {
      problems.add(
          "OpenBLAS could not be loaded ("
              + Blas.reason()
              + "): training works, but many times slower");
    } else if (kernel.matches(SLOW_KERNELS)) {
      problems.add(
          "OpenBLAS uses its kernel "
              + kernel
              + ", which is slow on processors with AVX2: unset OPENBLAS_CORETYPE, or set it to"
              + " Haswell or SkylakeX");
    }
    if (!vectors) {
      problems.add(
          "the Vector API is missing: start the JVM with --add-modules=jdk.incubator.vector");
    }
    return new Diagnosis(description(), kernel, vectors, gigaflops(), problems);
  }

  private double gigaflops() {
    int n = 512;
    float[] a = numbers(n * n, 1);
    float[] b = numbers(n * n, 2);
    float[] c = new float[n * n];
    long best = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      long start = System.nanoTime();
      gemm.multiply(false, false, n, n, n, a, 0, b, c);
      best = Math.min(best, System.nanoTime() - start);
    }
    return 2.0 * n * n * n / best;
  }

  private static float[] numbers(int count, long seed) {
    Random random = new Random(seed);
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = random.nextFloat() - 0.5f;
    }
    return numbers;
  }

  /**
   * Loads the libraries once, when arithmetic is first needed, and trusts them only after a test.
   */
  private static final class Blas {
    static final Gemm GEMM;
    private static String failure = "";

    static {
      GEMM = load();
    }

    static String reason() {
      return failure;
    }

    private static Gemm load() {
      Gemm openBlas;
      try {
        openBlas = tested(new OpenBlas());
      } catch (LinkageError | RuntimeException e) {
        failure = e.toString();
        log.warn("Without OpenBLAS, matrix products are many times slower", e);
        return new PlainGemm();
      }
      try {
        return new GemmBySize(openBlas, tested(new OneDnn()));
      } catch (LinkageError | RuntimeException e) {
        log.debug("Large matrix products by OpenBLAS too: {}", e.toString());
        return openBlas;
      }
    }

    /** Against plain loops, over all forms of product that training uses. */
    private static Gemm tested(Gemm blas) {
      int m = 37;
      int n = 53;
      int k = 29;
      float[] a = numbers(m * k, 3);
      float[] b = numbers(k * n, 4);
      float[] found = new float[m * n];
      float[] expected = new float[m * n];
      double error = 0;
      for (int form = 0; form < 3; form++) {
        boolean transposeA = form == 1;
        boolean transposeB = form == 2;
        blas.multiply(transposeA, transposeB, m, n, k, a, 0, b, found);
        new PlainGemm().multiply(transposeA, transposeB, m, n, k, a, 0, b, expected);
        for (int i = 0; i < found.length; i++) {
          error = Math.max(error, Math.abs(found[i] - expected[i]));
        }
      }
      if (!(error < 1e-4)) {
        throw new IllegalStateException(
            blas.description() + " computes wrong products, off by up to " + error);
      }
      return blas;
    }
  }
}
