package dev.panorm.internal.backend.blas;

import dev.panorm.DType;
import dev.panorm.backend.Backend;
import dev.panorm.backend.EigenKernels;
import dev.panorm.backend.GemmKernels;
import dev.panorm.backend.Operation;
import dev.panorm.backend.Support;
import dev.panorm.ffi.LoadAttempt;
import dev.panorm.ffi.NativeLibraryException;
import dev.panorm.ffi.openblas.OpenBlas;
import dev.panorm.ffi.openblas.OpenBlasInfo;
import dev.panorm.internal.backend.cpu.ParallelGemm;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products and eigenvectors by OpenBLAS. One call of it uses one thread; large products are
 * cut into several calls, so that results have the same bits for any number of threads.
 */
public final class OpenBlasBackend implements Backend {

  private static final Support LINEAR_ALGEBRA_ONLY =
      new Support.No("it has matrix products and eigenvectors only", "");
  private static final Support FLOATS_ONLY =
      new Support.No("it takes floating-point numbers only", "convert to float32 or float64");
  private static final Support TOO_LARGE =
      new Support.No("LAPACK's workspace for more than 32,766 rows exceeds its 32-bit sizes", "");

  private static final long LARGEST_EIGENPROBLEM = 32_766L * 32_766;

  private final Support available;
  private final @Nullable OpenBlasInfo info;
  private final @Nullable GemmKernels gemm;
  private final @Nullable EigenKernels eigen;

  /** Called by {@link java.util.ServiceLoader}. */
  public OpenBlasBackend() {
    Support answer = Support.YES;
    OpenBlas blas = null;
    try {
      blas = OpenBlas.load();
    } catch (NativeLibraryException failure) {
      answer = new Support.No(reason(failure), failure.remedy());
    }
    available = answer;
    info = blas == null ? null : blas.info();
    gemm = blas == null ? null : new ParallelGemm(new OpenBlasGemm(blas));
    eigen = blas == null ? null : new OpenBlasEigen(blas);
  }

  @Override
  public String name() {
    return "openblas";
  }

  @Override
  public int rank() {
    return 50;
  }

  @Override
  public Support available() {
    return available;
  }

  @Override
  public Support supports(Operation operation, DType dtype, long elements) {
    if (operation != Operation.GEMM && operation != Operation.EIGEN) {
      return LINEAR_ALGEBRA_ONLY;
    }
    if (operation == Operation.EIGEN && elements > LARGEST_EIGENPROBLEM) {
      return TOO_LARGE;
    }
    return dtype.isFloating() ? available : FLOATS_ONLY;
  }

  @Override
  public Map<String, String> details() {
    OpenBlasInfo known = Objects.requireNonNull(info);
    Map<String, String> details = new LinkedHashMap<>();
    details.put("version", known.version());
    details.put("core", known.core());
    details.put("library", known.source().label() + " " + known.location());
    details.put("build", known.config());
    details.put("threads", known.threads() + " a call (" + known.parallel() + " build)");
    known.environment().forEach((name, value) -> details.put("environment " + name, value));
    for (int i = 0; i < known.warnings().size(); i++) {
      details.put("warning " + (i + 1), known.warnings().get(i));
    }
    return details;
  }

  @Override
  public GemmKernels gemm() {
    return Objects.requireNonNull(gemm);
  }

  @Override
  public EigenKernels eigen() {
    return Objects.requireNonNull(eigen);
  }

  private static String reason(NativeLibraryException failure) {
    return failure.attempts().stream()
        .map(LoadAttempt::toString)
        .collect(Collectors.joining("; ", "the library could not be loaded: ", ""));
  }
}
