package dev.panorm.internal.backend.avx512;

import dev.panorm.DType;
import dev.panorm.backend.Backend;
import dev.panorm.backend.GemmKernels;
import dev.panorm.backend.Operation;
import dev.panorm.backend.Support;
import dev.panorm.ffi.streaming.StreamingKernels;
import dev.panorm.ffi.streaming.StreamingProducts;
import dev.panorm.internal.backend.cpu.ParallelGemm;
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

  /** The smallest of the three sizes: beyond, OpenBLAS packs fewer times as well. */
  private static final long LONGEST = 512;

  private final Support available = availability();
  private final GemmKernels gemm = new ParallelGemm(new Avx512Gemm());

  /** Called by {@link java.util.ServiceLoader}. */
  public Avx512Backend() {}

  private static Support availability() {
    if (!StreamingKernels.isAvailable()) {
      return new Support.No(StreamingKernels.refusal(), "");
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
  public boolean worthwhile(Operation operation, DType dtype, long elements, long shortest) {
    return elements >= FEWEST && elements <= MOST && shortest <= LONGEST;
  }

  @Override
  public Map<String, String> details() {
    return Map.of(
        "automatic choice",
        "where the largest matrix has 2^14 to 2^20 elements and the product 512 rows, columns or depth"
            + " at most");
  }

  @Override
  public GemmKernels gemm() {
    return gemm;
  }
}
