package dev.panorm.internal.backend.avx512;

import dev.panorm.DType;
import dev.panorm.backend.Backend;
import dev.panorm.backend.GemmKernels;
import dev.panorm.backend.Operation;
import dev.panorm.backend.Support;
import dev.panorm.ffi.streaming.StreamingKernels;
import dev.panorm.ffi.streaming.StreamingProducts;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Matrix products of float32 in C on the 32 registers of AVX-512, for the sizes of layers: OpenBLAS
 * is slower there, and faster below and above.
 */
public final class Avx512Backend implements Backend {

  private static final Support PRODUCTS_ONLY =
      new Support.No("it has matrix products only", "use openblas, vector or reference");
  private static final Support FLOAT32_ONLY =
      new Support.No("its products are for float32", "convert to float32, or use openblas");
  private static final Support NO_AVX512 = new Support.No("this processor has no AVX-512", "");

  /**
   * Elements of the largest matrix. Below, OpenBLAS has kernels that pack nothing; above, it packs
   * fewer times.
   */
  private static final long FEWEST = 1 << 14;

  private static final long MOST = 1 << 20;

  private final Support available = availability();
  private final LowProducts gemm = new LowProducts(this);

  /** Called by {@link java.util.ServiceLoader}. */
  public Avx512Backend() {}

  private static Support availability() {
    if (!StreamingKernels.isAvailable()) {
      return new Support.No(
          StreamingKernels.refusal(), "build Panorm on Linux, x86-64, where there is a C compiler");
    }
    return StreamingKernels.lanes() == StreamingProducts.LANES ? Support.YES : NO_AVX512;
  }

  @Override
  public String name() {
    return "avx512";
  }

  @Override
  public int rank() {
    return 40;
  }

  @Override
  public Support available() {
    return available;
  }

  @Override
  public Support supports(Operation operation, DType dtype, long elements) {
    if (operation != Operation.GEMM) {
      return PRODUCTS_ONLY;
    }
    return dtype == DType.FLOAT32 ? available : FLOAT32_ONLY;
  }

  @Override
  public boolean worthwhile(Operation operation, DType dtype, long elements) {
    return elements >= FEWEST && elements <= MOST;
  }

  @Override
  public Map<String, String> details() {
    Map<String, String> details = new LinkedHashMap<>();
    details.put("automatic choice", "where the largest matrix has 2^14 to 2^20 elements");
    details.put("more than " + LowProducts.LOW + " in all sizes", "by " + gemm.next().name());
    return details;
  }

  @Override
  public GemmKernels gemm() {
    return gemm;
  }
}
