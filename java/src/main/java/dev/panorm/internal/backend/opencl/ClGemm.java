package dev.panorm.internal.backend.opencl;

import dev.panorm.Tensor;
import dev.panorm.backend.GemmKernels;

/** Matrix products on the device: the launches of {@code gemm.cl}. */
final class ClGemm implements GemmKernels {

  private final ClContext context;
  private final ClGemmTiles tiles;

  ClGemm(ClContext context, ClGemmTiles tiles) {
    this.context = context;
    this.tiles = tiles;
  }

  @Override
  public void gemm(
      boolean transposeA,
      boolean transposeB,
      long m,
      long n,
      long k,
      double alpha,
      Tensor a,
      long offsetA,
      long lda,
      Tensor b,
      long offsetB,
      long ldb,
      double beta,
      Tensor c,
      long offsetC,
      long ldc) {
    multiply(
        new Product(transposeA, transposeB, 1, m, n, k, alpha, beta),
        new Matrices(a, offsetA, lda, 0),
        new Matrices(b, offsetB, ldb, 0),
        new Matrices(c, offsetC, ldc, 0));
  }

  @Override
  public void batch(
      boolean transposeA,
      boolean transposeB,
      long batch,
      long m,
      long n,
      long k,
      double alpha,
      Tensor a,
      Tensor b,
      double beta,
      Tensor c) {
    multiply(
        new Product(transposeA, transposeB, batch, m, n, k, alpha, beta),
        new Matrices(a, 0, transposeA ? m : k, m * k),
        new Matrices(b, 0, transposeB ? k : n, k * n),
        new Matrices(c, 0, n, m * n));
  }

  /** What to compute. */
  private record Product(
      boolean transposeA,
      boolean transposeB,
      long batch,
      long m,
      long n,
      long k,
      double alpha,
      double beta) {}

  /** Where the matrices of an operand lie, in elements. */
  private record Matrices(Tensor tensor, long offset, long pitch, long stride) {}

  private void multiply(Product p, Matrices a, Matrices b, Matrices c) {
    int vectorWidth =
        context.profile().vectorBytes(context.device()) / c.tensor().dtype().byteSize();
    ClGemmTiles.Cut cut =
        tiles.cut(
            c.tensor().dtype(),
            vectorWidth,
            p.transposeA(),
            p.transposeB(),
            p.batch(),
            p.m(),
            p.n(),
            p.k());
    boolean overwritten = p.beta() == 0 && p.batch() * p.m() * p.n() == c.tensor().elements();
    try (ClCall call = new ClCall(context, "gemm")) {
      ClOperand left = call.read(a.tensor());
      ClOperand right = call.read(b.tensor());
      ClOperand parts = cut.chunks() == 1 ? null : call.scratch(partBytes(p, cut, c.tensor()));
      ClOperand result = overwritten ? call.write(c.tensor()) : call.update(c.tensor());
      call.launch(cut.kernels(), "gemm")
          .sizes(p.m(), p.n(), p.k())
          .sizes(a.offset(), a.pitch(), a.stride())
          .sizes(b.offset(), b.pitch(), b.stride())
          .sizes(c.offset(), c.pitch(), c.stride())
          .sizes(cut.chunks(), cut.depth())
          .reals(p.alpha(), p.beta())
          .arrays(left, right, result, parts)
          .groups(p.batch() * cut.chunks() * cut.tiles());
      if (parts != null) {
        call.launch(cut.kernels(), "gemm_finish")
            .sizes(p.batch(), p.m(), p.n(), cut.chunks())
            .sizes(c.offset(), c.pitch(), c.stride())
            .reals(p.alpha(), p.beta())
            .arrays(parts, result)
            .items(p.batch() * p.m() * p.n());
      }
    }
  }

  private static long partBytes(Product p, ClGemmTiles.Cut cut, Tensor c) {
    return p.batch() * cut.chunks() * p.m() * p.n() * c.dtype().byteSize();
  }
}
