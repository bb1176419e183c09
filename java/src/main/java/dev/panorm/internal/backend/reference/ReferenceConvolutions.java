package dev.panorm.internal.backend.reference;

import dev.panorm.Tensor;
import dev.panorm.backend.Conv2dPlan;
import dev.panorm.backend.ConvolutionKernels;
import dev.panorm.backend.Window;
import org.jspecify.annotations.Nullable;

/** {@link ConvolutionKernels} by their definition, one float64 sum for each result. */
final class ReferenceConvolutions implements ConvolutionKernels {

  @Override
  public void forward(Conv2dPlan plan, Tensor x, Tensor weight, @Nullable Tensor bias, Tensor y) {
    Elements from = Elements.read(x);
    Elements kernel = Elements.read(weight);
    Elements shift = Elements.readOptional(bias);
    Elements to = Elements.write(y);
    Window window = plan.window();
    for (long n = 0; n < plan.batch(); n++) {
      for (long o = 0; o < plan.outChannels(); o++) {
        double start = shift == null ? 0 : shift.get(o);
        for (long p = 0; p < window.outHeight(); p++) {
          for (long q = 0; q < window.outWidth(); q++) {
            to.set(plan.output(n, o, p, q), start + product(plan, from, kernel, n, o, p, q));
          }
        }
      }
    }
  }

  private static double product(
      Conv2dPlan plan, Elements x, Elements weight, long n, long o, long p, long q) {
    Window window = plan.window();
    long firstChannel = o / plan.groupOutChannels() * plan.groupChannels();
    long atWeight = o * plan.depth();
    double sum = 0;
    for (long c = firstChannel; c < firstChannel + plan.groupChannels(); c++) {
      for (long i = 0; i < window.kernelH(); i++) {
        for (long j = 0; j < window.kernelW(); j++, atWeight++) {
          long h = window.row(p, i);
          long w = window.column(q, j);
          if (inside(plan, h, w)) {
            sum += x.get(plan.input(n, c, h, w)) * weight.get(atWeight);
          }
        }
      }
    }
    return sum;
  }

  private static boolean inside(Conv2dPlan plan, long h, long w) {
    return h >= 0 && h < plan.height() && w >= 0 && w < plan.width();
  }

  @Override
  public void inputGradient(Conv2dPlan plan, Tensor weight, Tensor dy, Tensor dx) {
    Elements kernel = Elements.read(weight);
    Elements upstream = Elements.read(dy);
    Elements to = Elements.write(dx);
    for (long n = 0; n < plan.batch(); n++) {
      for (long c = 0; c < plan.channels(); c++) {
        for (long h = 0; h < plan.height(); h++) {
          for (long w = 0; w < plan.width(); w++) {
            to.set(plan.input(n, c, h, w), inputGradient(plan, kernel, upstream, n, c, h, w));
          }
        }
      }
    }
  }

  private static double inputGradient(
      Conv2dPlan plan, Elements weight, Elements dy, long n, long c, long h, long w) {
    Window window = plan.window();
    double sum = 0;
    for (long i = 0; i < window.kernelH(); i++) {
      long p = index(h - window.row(0, i), window.strideH(), window.outHeight());
      for (long j = 0; p >= 0 && j < window.kernelW(); j++) {
        long q = index(w - window.column(0, j), window.strideW(), window.outWidth());
        if (q >= 0) {
          sum += overOutputs(plan, weight, dy, n, c, p, q, i * window.kernelW() + j);
        }
      }
    }
    return sum;
  }

  /** Number of the window at a distance from the first, −1 where none stands there. */
  private static long index(long distance, long stride, long windows) {
    boolean hit = distance >= 0 && distance % stride == 0 && distance / stride < windows;
    return hit ? distance / stride : -1;
  }

  private static double overOutputs(
      Conv2dPlan plan, Elements weight, Elements dy, long n, long c, long p, long q, long tap) {
    long taps = plan.window().kernelH() * plan.window().kernelW();
    long group = c / plan.groupChannels();
    double sum = 0;
    for (long k = 0; k < plan.groupOutChannels(); k++) {
      long o = group * plan.groupOutChannels() + k;
      long atWeight = (o * plan.groupChannels() + c % plan.groupChannels()) * taps + tap;
      sum += dy.get(plan.output(n, o, p, q)) * weight.get(atWeight);
    }
    return sum;
  }

  @Override
  public void weightGradient(Conv2dPlan plan, Tensor x, Tensor dy, Tensor dweight) {
    Elements from = Elements.read(x);
    Elements upstream = Elements.read(dy);
    Elements to = Elements.write(dweight);
    Window window = plan.window();
    long atWeight = 0;
    for (long o = 0; o < plan.outChannels(); o++) {
      long firstChannel = o / plan.groupOutChannels() * plan.groupChannels();
      for (long c = firstChannel; c < firstChannel + plan.groupChannels(); c++) {
        for (long i = 0; i < window.kernelH(); i++) {
          for (long j = 0; j < window.kernelW(); j++, atWeight++) {
            to.set(atWeight, weightGradient(plan, from, upstream, o, c, i, j));
          }
        }
      }
    }
  }

  private static double weightGradient(
      Conv2dPlan plan, Elements x, Elements dy, long o, long c, long i, long j) {
    Window window = plan.window();
    double sum = 0;
    for (long n = 0; n < plan.batch(); n++) {
      for (long p = 0; p < window.outHeight(); p++) {
        for (long q = 0; q < window.outWidth(); q++) {
          long h = window.row(p, i);
          long w = window.column(q, j);
          if (inside(plan, h, w)) {
            sum += x.get(plan.input(n, c, h, w)) * dy.get(plan.output(n, o, p, q));
          }
        }
      }
    }
    return sum;
  }
}
