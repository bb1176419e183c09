package dev.panorm.bench.compare;

import dev.panorm.Activation;
import dev.panorm.DType;
import dev.panorm.Layout;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import dev.panorm.backend.NormStats;
import dev.panorm.ops.Activations;
import dev.panorm.ops.Elementwise;
import dev.panorm.ops.LinearAlgebra;
import dev.panorm.ops.NormSpec;
import dev.panorm.ops.Norms;
import dev.panorm.ops.Reductions;
import dev.panorm.ops.Softmax;
import java.io.PrintWriter;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Calls of every kind on data of every shape, in either type: after them the JIT's profiles show
 * what they show in an application, and not one loop.
 */
final class Pollution {

  private static final int CALLS = 10_000;
  private static final long SEED = 20_251_128;

  private Pollution() {}

  static void spread(PrintWriter progress) {
    progress.println(CALLS + " random calls");
    SplittableRandom random = new SplittableRandom(SEED);
    for (int i = 0; i < CALLS; i++) {
      try (Scope scope = Scope.open()) {
        call(random, scope);
      }
    }
  }

  private static void call(SplittableRandom random, Scope scope) {
    DType dtype = random.nextInt(4) == 0 ? DType.FLOAT64 : DType.FLOAT32;
    long rows = random.nextLong(1, 33);
    long columns = random.nextLong(1, 130);
    Tensor x = scope.empty(dtype, rows, columns);
    x.fill(_ -> random.nextDouble());
    Tensor y = scope.emptyLike(x);
    switch (random.nextInt(6)) {
      case 0 -> Elementwise.add(x, scope.copyOf(x), y);
      case 1 -> Activations.forward(any(random, Activation.values()), x, y);
      case 2 -> Softmax.softmax(x, random.nextInt(2), y);
      case 3 -> Reductions.sum(x, scope.empty(dtype, rows, 1));
      case 4 -> LinearAlgebra.mm(true, false, x, x, scope.empty(dtype, columns, columns));
      default -> norm(random, scope, dtype);
    }
  }

  private static void norm(SplittableRandom random, Scope scope, DType dtype) {
    long channels = 2 * random.nextLong(1, 20);
    long height = random.nextLong(1, 9);
    long samples = random.nextLong(2, 5);
    Layout layout = any(random, Layout.values());
    Tensor x =
        layout == Layout.NCHW
            ? scope.empty(dtype, samples, channels, height, height)
            : scope.empty(dtype, samples, height, height, channels);
    x.fill(_ -> random.nextDouble());
    long last = x.dim(3);
    List<NormSpec> norms =
        List.of(
            NormSpec.layerNorm(last),
            NormSpec.rmsNorm(last),
            NormSpec.groupNorm(2),
            NormSpec.instanceNorm(),
            NormSpec.batchNorm());
    int kind = random.nextInt(norms.size());
    NormSpec spec = norms.get(kind);
    if (kind > 1) {
      spec = spec.withLayout(layout);
    }
    spec = spec.withActivation(any(random, Activation.values()));
    long weights = kind > 1 ? channels : last;
    Affine affine =
        random.nextBoolean()
            ? Affine.NONE
            : new Affine(scope.ones(dtype, weights), scope.zeros(dtype, weights));
    Affine gradient =
        affine.weight() == null
            ? Affine.NONE
            : new Affine(scope.zeros(dtype, weights), scope.zeros(dtype, weights));
    NormStats saved = Norms.stats(scope, spec, x);
    Tensor y = scope.emptyLike(x);
    Norms.forward(spec, x, affine, y, saved);
    Norms.backward(spec, x, affine, saved, y, scope.emptyLike(x), gradient);
  }

  private static <T> T any(SplittableRandom random, T[] values) {
    return values[random.nextInt(values.length)];
  }
}
