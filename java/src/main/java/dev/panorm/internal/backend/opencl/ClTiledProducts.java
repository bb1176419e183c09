package dev.panorm.internal.backend.opencl;

import dev.panorm.internal.backend.opencl.ClProduct.Matrices;

/** Matrix products by Panorm's own kernels: the launches of {@code gemm.cl}. */
final class ClTiledProducts implements ClProduct.Kernels {

  private final ClGemmTiles tiles;

  ClTiledProducts(ClGemmTiles tiles) {
    this.tiles = tiles;
  }

  @Override
  public void multiply(ClCall call, ClProduct p) {
    ClContext context = call.context();
    int vectorWidth = context.profile().vectorBytes(context.device()) / p.dtype().byteSize();
    ClGemmTiles.Cut cut = tiles.cut(p, vectorWidth);
    long results = p.batch() * p.m() * p.n();
    Matrices a = p.a();
    Matrices b = p.b();
    Matrices c = p.c();
    ClOperand left = call.read(a.tensor());
    ClOperand right = call.read(b.tensor());
    ClOperand parts =
        cut.chunks() == 1 ? null : call.scratch(results * cut.chunks() * p.dtype().byteSize());
    ClOperand result = p.result(call);
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
          .items(results);
    }
  }
}
