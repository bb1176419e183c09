package dev.panorm.internal.backend.opencl;

import dev.panorm.DType;
import dev.panorm.ffi.SignalHandlers;
import dev.panorm.ffi.clblast.ClBlast;
import dev.panorm.ffi.clblast.ClMatrices;
import dev.panorm.internal.backend.opencl.ClProduct.Matrices;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;

/**
 * Matrix products by CLBlast, which enqueues its kernels on the context's queue.
 *
 * <p>What its 32-bit sizes cannot say, and a sum of nothing, which it refuses, are the tiles'.
 */
final class ClBlastProducts implements ClProduct.Kernels {

  private final ClProduct.Kernels others;
  private final Set<Kind> compiled = new HashSet<>();

  ClBlastProducts(ClProduct.Kernels others) {
    this.others = others;
  }

  /** What CLBlast compiles a program for. */
  private record Kind(DType dtype, boolean batched) {}

  @Override
  public void multiply(ClCall call, ClProduct p) {
    if (p.k() == 0 || !(isShort(p.a()) && isShort(p.b()) && isShort(p.c()))) {
      others.multiply(call, p);
      return;
    }
    ClMatrices a = matrices(p.a(), Objects.requireNonNull(call.read(p.a().tensor())));
    ClMatrices b = matrices(p.b(), Objects.requireNonNull(call.read(p.b().tensor())));
    ClMatrices c = matrices(p.c(), p.result(call));
    call.timed("clblast", () -> enqueue(call.context(), p, a, b, c));
  }

  private static boolean isShort(Matrices matrices) {
    return matrices.tensor().elements() <= Integer.MAX_VALUE;
  }

  private static ClMatrices matrices(Matrices where, ClOperand operand) {
    return new ClMatrices(
        Objects.requireNonNull(operand.buffer()).getNativePointer(),
        where.offset(),
        where.pitch(),
        where.stride());
  }

  /** The first call of a kind compiles, in the call and again when its kernels first run. */
  private void enqueue(ClContext context, ClProduct p, ClMatrices a, ClMatrices b, ClMatrices c) {
    int status =
        compiled.add(new Kind(p.dtype(), p.batch() > 1))
            ? SignalHandlers.keepDuring(
                () -> {
                  int first = call(context, p, a, b, c);
                  context.finish();
                  return first;
                })
            : call(context, p, a, b, c);
    if (status != 0) {
      throw new ClException(
          "gemm: CLBlast returns "
              + ClBlast.describe(status)
              + " on "
              + context.device().name()
              + "; -D"
              + ClMultiplication.PROPERTY
              + "=tiles does without it");
    }
  }

  private static int call(
      ClContext context, ClProduct p, ClMatrices a, ClMatrices b, ClMatrices c) {
    return ClBlast.gemm(
        p.dtype() == DType.FLOAT64,
        p.transposeA(),
        p.transposeB(),
        p.batch(),
        p.m(),
        p.n(),
        p.k(),
        p.alpha(),
        a,
        b,
        p.beta(),
        c,
        context.queue().getNativePointer());
  }
}
