package dev.caviar.worker.backend;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.net.URL;
import org.bytedeco.javacpp.Loader;

/**
 * oneDNN's {@code dnnl_sgemm}, called on Java's own arrays without copying. It makes its kernels
 * for the processor at hand when it runs; the large products of a training step take it a fifth to
 * a third less time than OpenBLAS, the small ones a fifth more (bench/README.md).
 */
@SuppressWarnings("restricted") // Calling native code is what this class is for.
final class OneDnn implements Gemm {
  private static final String PLATFORM = "linux-x86_64";
  private static final byte NO_TRANSPOSE = 'N';
  private static final byte TRANSPOSE = 'T';

  private final MethodHandle sgemm;
  private final MethodHandle setThreads;
  private final String description;

  /**
   * Loads the library.
   *
   * @throws UnsatisfiedLinkError if this platform has none
   */
  OneDnn() {
    if (!Loader.getPlatform().equals(PLATFORM)) {
      throw new UnsatisfiedLinkError(
          "oneDNN comes for " + PLATFORM + ", not " + Loader.getPlatform());
    }
    library("libgomp.so.1"); // Which the other needs.
    SymbolLookup symbols = library("libdnnl.so.3");
    Linker linker = Linker.nativeLinker();
    sgemm =
        linker.downcallHandle(
            symbol(symbols, "dnnl_sgemm"),
            FunctionDescriptor.of(
                JAVA_INT,
                JAVA_BYTE,
                JAVA_BYTE,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_LONG,
                JAVA_FLOAT,
                ADDRESS,
                JAVA_LONG,
                ADDRESS,
                JAVA_LONG,
                JAVA_FLOAT,
                ADDRESS,
                JAVA_LONG),
            Linker.Option.critical(true));
    setThreads =
        linker.downcallHandle(
            symbol(symbols, "omp_set_num_threads"),
            FunctionDescriptor.ofVoid(JAVA_INT),
            Linker.Option.critical(false));
    description = "oneDNN " + version(linker, symbols);
  }

  private static SymbolLookup library(String name) {
    String resource = "/org/bytedeco/dnnl/" + PLATFORM + "/" + name;
    URL url = Loader.class.getResource(resource);
    if (url == null) {
      throw new UnsatisfiedLinkError("the class path has no " + resource);
    }
    try {
      File file = Loader.cacheResource(url);
      return SymbolLookup.libraryLookup(file.toPath(), Arena.global());
    } catch (IOException | IllegalArgumentException e) {
      throw (UnsatisfiedLinkError)
          new UnsatisfiedLinkError("cannot load " + name + ": " + e).initCause(e);
    }
  }

  /** From dnnl_version_t, which begins with the three ints major, minor and patch. */
  private static String version(Linker linker, SymbolLookup symbols) {
    try {
      MethodHandle handle =
          linker.downcallHandle(symbol(symbols, "dnnl_version"), FunctionDescriptor.of(ADDRESS));
      MemorySegment numbers = ((MemorySegment) handle.invokeExact()).reinterpret(12);
      return numbers.getAtIndex(JAVA_INT, 0)
          + "."
          + numbers.getAtIndex(JAVA_INT, 1)
          + "."
          + numbers.getAtIndex(JAVA_INT, 2);
    } catch (Error e) {
      throw e;
    } catch (Throwable e) { // As below.
      throw new IllegalStateException(e);
    }
  }

  private static MemorySegment symbol(SymbolLookup symbols, String name) {
    return symbols
        .find(name)
        .orElseThrow(() -> new UnsatisfiedLinkError("oneDNN has no function " + name));
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
    int status;
    try {
      // OpenMP keeps this number for each thread apart, and a trial may change threads. One for
      // each
      // trial: what runs in parallel is trials.
      setThreads.invokeExact(1);
      status =
          (int)
              sgemm.invokeExact(
                  transposeA ? TRANSPOSE : NO_TRANSPOSE,
                  transposeB ? TRANSPOSE : NO_TRANSPOSE,
                  (long) m,
                  (long) n,
                  (long) k,
                  1f,
                  left,
                  (long) (transposeA ? m : k),
                  MemorySegment.ofArray(b),
                  (long) (transposeB ? k : n),
                  0f,
                  MemorySegment.ofArray(c),
                  (long) n);
    } catch (Error e) {
      throw e;
    } catch (Throwable e) { // A method handle declares it; a native call throws nothing checked.
      throw new IllegalStateException(e);
    }
    if (status != 0) {
      throw new IllegalStateException(
          "oneDNN refused a product of " + m + " x " + k + " and " + k + " x " + n + ": " + status);
    }
  }

  @Override
  public String description() {
    return description;
  }
}
