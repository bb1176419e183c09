package dev.panorm.internal.backend.reference;

import dev.panorm.Tensor;
import dev.panorm.backend.Pool2dPlan;
import dev.panorm.backend.PoolingKernels;
import dev.panorm.backend.Window;
import org.jspecify.annotations.Nullable;

/** {@link PoolingKernels}, plane by plane, sums in float64. */
final class ReferencePooling implements PoolingKernels {

  /** Something done with each window of each plane. */
  @FunctionalInterface
  private interface Visitor {
    /**
     * @param in position of the plane's first element in x
     * @param out position of the window's element in y
     */
    void visit(long in, long out, long p, long q);
  }

  private static void visit(Pool2dPlan plan, Visitor visitor) {
    Window window = plan.window();
    long windows = window.outHeight() * window.outWidth();
    for (long plane = 0; plane < plan.planes(); plane++) {
      long in = plan.first(plane, plan.height() * plan.width());
      long out = plan.first(plane, windows);
      for (long p = 0; p < window.outHeight(); p++) {
        for (long q = 0; q < window.outWidth(); q++) {
          visitor.visit(in, out + (p * window.outWidth() + q) * plan.step(), p, q);
        }
      }
    }
  }

  /** Something done with each element of a window that is inside the plane. */
  @FunctionalInterface
  private interface ElementVisitor {
    void visit(long position);
  }

  private static void visitElements(Pool2dPlan plan, long p, long q, ElementVisitor visitor) {
    Window window = plan.window();
    for (long i = 0; i < window.kernelH(); i++) {
      long h = window.row(p, i);
      for (long j = 0; h >= 0 && h < plan.height() && j < window.kernelW(); j++) {
        long w = window.column(q, j);
        if (w >= 0 && w < plan.width()) {
          visitor.visit(h * plan.width() + w);
        }
      }
    }
  }

  @Override
  public void maxForward(Pool2dPlan plan, Tensor x, Tensor y, @Nullable Tensor indices) {
    Elements from = Elements.read(x);
    Elements to = Elements.write(y);
    long chosen = indices == null ? 0 : indices.writeAddress();
    visit(
        plan,
        (in, out, p, q) -> {
          Largest largest = new Largest(from, in, plan.step());
          visitElements(plan, p, q, largest);
          to.set(out, largest.value);
          if (indices != null) {
            Indices.set(chosen, out, largest.position);
          }
        });
  }

  private static final class Largest implements ElementVisitor {

    private final Elements x;
    private final long first;
    private final long step;
    private double value = Double.NEGATIVE_INFINITY;
    private long position = -1;

    Largest(Elements x, long first, long step) {
      this.x = x;
      this.first = first;
      this.step = step;
    }

    @Override
    public void visit(long at) {
      double candidate = x.get(first + at * step);
      if (position < 0 || candidate > value || Double.isNaN(candidate)) {
        value = candidate;
        position = at;
      }
    }
  }

  @Override
  public void maxBackward(Pool2dPlan plan, Tensor dy, Tensor indices, Tensor dx) {
    Elements upstream = Elements.read(dy);
    long chosen = indices.readAddress();
    Sums sums = new Sums(plan);
    visit(plan, (in, out, p, q) -> sums.add(in, Indices.get(chosen, out), upstream.get(out)));
    sums.store(Elements.write(dx));
  }

  @Override
  public void gather(Pool2dPlan plan, Tensor x, Tensor indices, Tensor y) {
    Elements from = Elements.read(x);
    long chosen = indices.readAddress();
    Elements to = Elements.write(y);
    visit(
        plan,
        (in, out, p, q) -> to.set(out, from.get(in + Indices.get(chosen, out) * plan.step())));
  }

  @Override
  public void averageForward(Pool2dPlan plan, Tensor x, Tensor y) {
    Elements from = Elements.read(x);
    Elements to = Elements.write(y);
    visit(
        plan,
        (in, out, p, q) -> {
          double[] sum = {0};
          visitElements(plan, p, q, at -> sum[0] += from.get(in + at * plan.step()));
          to.set(out, sum[0] / plan.divisor(p, q));
        });
  }

  @Override
  public void averageBackward(Pool2dPlan plan, Tensor dy, Tensor dx) {
    Elements upstream = Elements.read(dy);
    Sums sums = new Sums(plan);
    visit(
        plan,
        (in, out, p, q) -> {
          double share = upstream.get(out) / plan.divisor(p, q);
          visitElements(plan, p, q, at -> sums.add(in, at, share));
        });
    sums.store(Elements.write(dx));
  }

  /** A gradient of x in the making. */
  private static final class Sums {

    private final double[] values;
    private final long step;

    Sums(Pool2dPlan plan) {
      values = new double[Math.toIntExact(plan.planes() * plan.height() * plan.width())];
      step = plan.step();
    }

    void add(long first, long position, double value) {
      values[(int) (first + position * step)] += value;
    }

    void store(Elements dx) {
      for (int i = 0; i < values.length; i++) {
        dx.set(i, values[i]);
      }
    }
  }
}
