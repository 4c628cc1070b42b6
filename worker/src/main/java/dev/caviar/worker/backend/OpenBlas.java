package dev.caviar.worker.backend;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * OpenBLAS's {@code cblas_sgemm}, called on Java's own arrays without copying: as a critical
 * function, which holds off the garbage collector for the few microseconds of a product.
 */
@SuppressWarnings("restricted") // Calling native code is what this class is for.
final class OpenBlas implements Gemm {
  private static final int ROW_MAJOR = 101;
  private static final int NO_TRANSPOSE = 111;
  private static final int TRANSPOSE = 112;

  private final MethodHandle sgemm;
  private final String core;
  private final String version;

  /**
   * Loads the library.
   *
   * @throws UnsatisfiedLinkError if this platform has none
   */
  OpenBlas() {
    Loader.load(openblas_nolapack.class);
    // One thread for each trial: what runs in parallel is trials.
    openblas_nolapack.blas_set_num_threads(1);
    SymbolLookup symbols = SymbolLookup.loaderLookup();
    Linker linker = Linker.nativeLinker();
    sgemm =
        linker.downcallHandle(
            symbol(symbols, "cblas_sgemm"),
            FunctionDescriptor.ofVoid(
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_FLOAT,
                ADDRESS,
                JAVA_INT,
                ADDRESS,
                JAVA_INT,
                JAVA_FLOAT,
                ADDRESS,
                JAVA_INT),
            Linker.Option.critical(true));
    core = text(linker, symbol(symbols, "openblas_get_corename"));
    String config = text(linker, symbol(symbols, "openblas_get_config"));
    Matcher number = Pattern.compile("\\d+(\\.\\d+)+").matcher(config);
    version = number.find() ? number.group() : config;
  }

  private static MemorySegment symbol(SymbolLookup symbols, String name) {
    return symbols
        .find(name)
        .orElseThrow(() -> new UnsatisfiedLinkError("OpenBLAS has no function " + name));
  }

  private static String text(Linker linker, MemorySegment function) {
    try {
      MethodHandle handle = linker.downcallHandle(function, FunctionDescriptor.of(ADDRESS));
      MemorySegment text = (MemorySegment) handle.invokeExact();
      return text.reinterpret(Long.MAX_VALUE).getString(0);
    } catch (Throwable e) {
      throw rethrow(e);
    }
  }

  @Override
  public void multiply(
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      float[] a,
      int aOffset,
      float[] b,
      float[] c) {
    // Typed here: invokeExact takes the type of each argument as it stands in the call.
    MemorySegment left = MemorySegment.ofArray(a).asSlice(aOffset * (long) Float.BYTES);
    try {
      sgemm.invokeExact(
          ROW_MAJOR,
          transposeA ? TRANSPOSE : NO_TRANSPOSE,
          transposeB ? TRANSPOSE : NO_TRANSPOSE,
          m,
          n,
          k,
          1f,
          left,
          transposeA ? m : k,
          MemorySegment.ofArray(b),
          transposeB ? k : n,
          0f,
          MemorySegment.ofArray(c),
          n);
    } catch (Throwable e) {
      throw rethrow(e);
    }
  }

  /** A method handle declares Throwable; a native call throws nothing checked. */
  private static RuntimeException rethrow(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    throw new IllegalStateException(e);
  }

  /** The kernel that OpenBLAS chose for this processor, for example SkylakeX. */
  String core() {
    return core;
  }

  String version() {
    return version;
  }

  @Override
  public String description() {
    return "OpenBLAS " + version + " " + core;
  }
}
