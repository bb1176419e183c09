package dev.panorm.internal.backend.vector;

import dev.panorm.backend.CrossEntropyPlan;
import dev.panorm.internal.memory.Memory;
import dev.panorm.internal.parallel.WorkerPool;
import java.lang.foreign.ValueLayout;

/**
 * One cross entropy, forward or backward. A part is some positions; what their losses add up to
 * stands in a table, which the calling thread adds up in order. The object serves the next call of
 * its thread.
 *
 * <p>Rows of classes go through {@link SoftmaxRows}; where the classes of a position are apart,
 * they are gathered into a row first. Addresses are absolute, 0 for none.
 */
final class CrossEntropyTask implements WorkerPool.PartTask {

  private static final long F4 = Float.BYTES;
  private static final long F8 = Double.BYTES;

  private final Loan loan = new Loan();
  private final Loan rows = new Loan();
  private CrossEntropyPlan plan = new CrossEntropyPlan(1, 1, 1, false, 0, 0);
  private boolean backward;
  private int classes;
  private long x;
  private long target;
  private long weight;
  private long losses;
  private double scale;
  private long dx;
  private long sums;
  private long row;
  private long positionsPerPart;

  void bind(CrossEntropyPlan shape, long logits, long wanted, long weights) {
    plan = shape;
    classes = Math.toIntExact(shape.classes());
    x = logits;
    target = wanted;
    weight = weights;
  }

  /** Returns the sum of the losses, and leaves each in its place. */
  double forward(long each) {
    backward = false;
    losses = each;
    dx = 0;
    scale = 1;
    return run();
  }

  /** Leaves the gradient in its place. */
  void backward(long upstream, double factor, long gradient) {
    backward = true;
    losses = upstream;
    scale = factor;
    dx = gradient;
    run();
  }

  private double run() {
    positionsPerPart = Partition.itemsPerPart(4L * classes);
    int parts = Partition.parts(plan.positions(), positionsPerPart);
    sums = loan.take(parts * F8);
    row = rows.take(parts * rowBytes());
    try {
      WorkerPool.shared().run(parts, this);
      double sum = 0;
      for (int part = 0; part < parts; part++) {
        sum += Lanes.getWide(sums + part * F8);
      }
      return sum;
    } finally {
      rows.end();
      loan.end();
    }
  }

  /** Room for the terms of a softmax and, behind them, for gathered logits. */
  private long rowBytes() {
    return 2L * classes * F4;
  }

  @Override
  public void run(int part) {
    long from = part * positionsPerPart;
    long to = Math.min(plan.positions(), from + positionsPerPart);
    long terms = row + part * rowBytes();
    double sum = 0;
    for (long position = from; position < to; position++) {
      if (backward) {
        gradient(position, terms);
      } else {
        double loss = ignored(position) ? 0 : loss(position, terms);
        if (losses != 0) {
          Lanes.set(losses + position * F4, (float) loss);
        }
        sum += loss;
      }
    }
    Lanes.setWide(sums + part * F8, sum);
  }

  private double loss(long position, long terms) {
    long scratch = Scratch.get().table();
    long logits = logits(position, terms);
    float max = SoftmaxRows.max(logits, classes, scratch);
    double logSum = Math.log(SoftmaxRows.expSum(logits, max, terms, classes, scratch));
    if (!plan.probabilities() && plan.smoothing() == 0) {
      long wanted = index(position);
      return -weight(wanted) * (Lanes.get(logits + wanted * F4) - (double) max - logSum);
    }
    double loss = 0;
    for (int c = 0; c < classes; c++) {
      double t = share(position, c);
      if (t != 0) { // a masked class, whose logarithm is -inf, has no part in the loss
        loss -= t * (Lanes.get(logits + c * F4) - (double) max - logSum);
      }
    }
    return loss;
  }

  private void gradient(long position, long terms) {
    long to = dx + plan.first(position) * F4;
    long step = plan.inner() * F4;
    if (ignored(position)) {
      for (int c = 0; c < classes; c++) {
        Lanes.set(to + c * step, 0);
      }
      return;
    }
    long scratch = Scratch.get().table();
    long logits = logits(position, terms);
    float max = SoftmaxRows.max(logits, classes, scratch);
    double sum = SoftmaxRows.expSum(logits, max, terms, classes, scratch);
    double g = losses == 0 ? scale : scale * Lanes.get(losses + position * F4);
    double mass = 0;
    for (int c = 0; c < classes; c++) {
      mass += share(position, c);
    }
    for (int c = 0; c < classes; c++) {
      double softmax = Lanes.get(terms + c * F4) / sum;
      Lanes.set(to + c * step, (float) (g * (softmax * mass - share(position, c))));
    }
  }

  /** Returns where the logits of a position stand in a row; gathers them there if need be. */
  private long logits(long position, long terms) {
    long from = x + plan.first(position) * F4;
    if (plan.inner() == 1) {
      return from;
    }
    long gathered = terms + classes * F4;
    for (int c = 0; c < classes; c++) {
      Lanes.set(gathered + c * F4, Lanes.get(from + c * plan.inner() * F4));
    }
    return gathered;
  }

  private boolean ignored(long position) {
    return !plan.probabilities() && index(position) == plan.ignoreIndex();
  }

  private long index(long position) {
    return Memory.ALL.get(ValueLayout.JAVA_LONG, target + position * Long.BYTES);
  }

  private double weight(long c) {
    return weight == 0 ? 1 : Lanes.get(weight + c * F4);
  }

  /** t of one class, see {@link CrossEntropyPlan}. */
  private double share(long position, int c) {
    double wanted =
        plan.probabilities()
            ? Lanes.get(target + (plan.first(position) + c * plan.inner()) * F4)
            : index(position) == c ? 1 : 0;
    return weight(c) * ((1 - plan.smoothing()) * wanted + plan.smoothing() / classes);
  }
}
