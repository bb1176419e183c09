package dev.panorm.bench.check;

import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.ops.LinearAlgebra;
import org.jspecify.annotations.Nullable;

/** Runs matrix products and the linear layer. */
final class ProductRunner {

  private ProductRunner() {}

  static void linear(Run run) {
    Tensor x = run.input("x");
    Tensor weight = run.input("weight");
    @Nullable Tensor bias = run.optional("bias");
    Tensor y = run.room(x.shape().with(-1, weight.dim(0)));
    Tensor dx = run.room(x.shape());
    Tensor dweight = run.room(weight.shape());
    @Nullable Tensor dbias = run.roomLike(bias);
    LinearAlgebra.linear(x, weight, bias, y);
    LinearAlgebra.linearBackward(x, weight, run.input("dy"), dx, dweight, dbias);
    run.result("y", y);
    run.result("dx", dx);
    run.result("dweight", dweight);
    run.result("dbias", dbias);
  }

  /** mm or bmm: c = op(a) · op(b). */
  @FunctionalInterface
  private interface Product {
    void of(boolean transposeA, boolean transposeB, Tensor a, Tensor b, Tensor c);
  }

  static void mm(Run run) {
    product(run, LinearAlgebra::mm);
  }

  static void bmm(Run run) {
    product(run, LinearAlgebra::bmm);
  }

  /**
   * With A = op(a) and B = op(b): dA = dy · Bᵀ and dB = Aᵀ · dy; the gradient of a transposed
   * operand is the transpose of that.
   */
  private static void product(Run run, Product product) {
    boolean ta = run.subject().flag("transpose_a");
    boolean tb = run.subject().flag("transpose_b");
    Tensor a = run.input("a");
    Tensor b = run.input("b");
    Tensor dy = run.input("dy");
    Shape shape = dy.shape();
    Tensor y = run.room(shape);
    Tensor da = run.room(a.shape());
    Tensor db = run.room(b.shape());
    product.of(ta, tb, a, b, y);
    if (ta) {
      product.of(tb, true, b, dy, da);
    } else {
      product.of(false, !tb, dy, b, da);
    }
    if (tb) {
      product.of(true, ta, dy, a, db);
    } else {
      product.of(!ta, false, a, dy, db);
    }
    run.result("y", y);
    run.result("da", da);
    run.result("db", db);
  }
}
