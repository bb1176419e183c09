package dev.panorm.internal.backend.opencl;

import dev.panorm.DType;
import dev.panorm.Layout;
import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormPlan.Family;
import dev.panorm.backend.NormStats;
import dev.panorm.kernels.LaunchShape;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Norms of data with the channels side by side: the launches of {@code columns.cl} and {@code
 * columns_backward.cl}.
 *
 * <p>BatchNorm is one sample whose rows are all samples and positions, with a group per channel.
 * Where the positions come last and are few, they count as channels of their own, whose moments are
 * merged: short planes would leave nothing but their ends.
 */
final class ClColumnNorm {

  /** Rows of coefficients per sample, as the sources count them. */
  private static final int FORWARD_ROWS = 3;

  private static final int BACKWARD_ROWS = 8;

  private final ClCall call;
  private final NormPlan plan;
  private final ClKernels kernels;
  private final long elementBytes;
  private final long samples;
  private final long rows;
  private final long columns;
  private final long groups;

  /** Columns that share a weight. */
  private final long perWeight;

  /** Whether one group takes a sample from its statistics to its results. */
  private final boolean whole;

  private final long chunks;
  private final long rowsPerChunk;

  private ClColumnNorm(ClCall call, NormPlan plan, DType dtype, ClKernels kernels, int arrays) {
    LaunchProfile profile = call.context().profile();
    boolean slab = plan.family() == Family.SLAB;
    this.call = call;
    this.plan = plan;
    this.kernels = kernels;
    this.elementBytes = dtype.byteSize();
    this.perWeight = plan.layout() == Layout.NCHW ? plan.inner() : 1;
    this.columns = columns(plan);
    this.samples = slab ? plan.outer() : 1;
    this.rows = slab ? plan.inner() : plan.outer() * plan.inner() / perWeight;
    this.groups = slab ? plan.groups() : plan.channels();
    this.whole = slab && profile.sweepsSamples(samples, rows * columns * elementBytes * arrays);
    this.rowsPerChunk = whole ? rows : profile.columnRowsPerChunk(samples, rows);
    this.chunks = ClNorms.ceil(rows, rowsPerChunk);
  }

  private static long columns(NormPlan plan) {
    return plan.layout() == Layout.NCHW ? plan.channels() * plan.inner() : plan.channels();
  }

  static void forward(ClCall call, ClForward f) {
    ClKernels kernels = ClNorms.kernels(call, "columns", f, columns(f.plan()));
    new ClColumnNorm(call, f.plan(), f.x().dtype(), kernels, 1).forward(f);
  }

  static void backward(ClCall call, ClBackward b) {
    ClKernels kernels = ClNorms.kernels(call, "columns_backward", b, columns(b.plan()));
    new ClColumnNorm(call, b.plan(), b.x().dtype(), kernels, b.wantsData() ? 2 : 0).backward(b);
  }

  /** Samples that are swept twice while they are in the cache. */
  private record Batch(long first, long samples) {}

  private void forEachBatch(Consumer<Batch> action) {
    long most = call.context().profile().batchBytes() / (rows * columns * elementBytes);
    long size = Math.clamp(most, 1, samples);
    for (long first = 0; first < samples; first += size) {
      action.accept(new Batch(first, Math.min(size, samples - first)));
    }
  }

  /** A launch over the chunks of some samples. */
  private ClLaunch sweep(String kernel, Batch batch) {
    return call.launch(kernels, kernel).sizes(rows, columns, chunks, rowsPerChunk, batch.first());
  }

  private long sweepGroups(Batch batch) {
    return batch.samples() * chunks * ClNorms.ceil(columns, panel());
  }

  /** Columns that a group takes: {@code PANEL} of the sources. */
  private long panel() {
    LaunchShape shape = kernels.shape();
    return shape.localSize() == 1 ? 1024 : (long) shape.localSize() * shape.vectorWidth();
  }

  /** Items that take the columns of a batch, a vector each. */
  private long vectors(Batch batch) {
    return batch.samples() * ClNorms.ceil(columns, kernels.shape().vectorWidth());
  }

  /** Items that take a number of units: {@code UNITS} of the sources. */
  private long items(long units) {
    return ClNorms.ceil(units, kernels.shape().localSize() == 1 ? 16 : 1);
  }

  private int weightPerGroup() {
    return perWeight > 1 ? 1 : 0;
  }

  private long partialBytes() {
    return samples * chunks * 2 * columns * Double.BYTES;
  }

  private void forward(ClForward f) {
    ClForward.Given given = f.given();
    ClStatistics statistics =
        given == null ? ClStatistics.room(call, f) : ClStatistics.given(call, kernels, plan, given);
    ClOperand partial = call.scratch(partialBytes());
    ClOperand coefficients = call.scratch(samples * FORWARD_ROWS * columns * elementBytes);
    if (whole) {
      sweep(f, statistics, partial, coefficients);
      return;
    }
    forEachBatch(
        batch -> {
          if (given == null) {
            measure(f, statistics, partial, coefficients, batch);
          } else {
            useGiven(f, statistics, coefficients, batch);
          }
          apply(f, coefficients, batch);
        });
  }

  private void sweep(
      ClForward f, ClStatistics statistics, ClOperand partial, ClOperand coefficients) {
    call.launch(kernels, "columns_forward")
        .sizes(rows, columns, groups)
        .arrays(call.read(f.x()), call.read(f.residual()))
        .arrays(call.read(f.affine().weight()), call.read(f.affine().bias()))
        .arrays(call.write(f.y()), call.write(f.sum()))
        .arrays(statistics.mean(), statistics.meanLow(), statistics.rstd(), partial, coefficients)
        .reals(plan.eps())
        .flags(ClCodes.of(plan.epsMode()), plan.centred() ? 1 : 0)
        .groups(samples);
  }

  private void measure(
      ClForward f,
      ClStatistics statistics,
      ClOperand partial,
      ClOperand coefficients,
      Batch batch) {
    sweep("columns_statistics", batch)
        .arrays(call.read(f.x()), call.read(f.residual()), partial)
        .flags(plan.centred() ? 1 : 0)
        .groups(sweepGroups(batch));
    if (chunks > 1) {
      call.launch(kernels, "columns_gather")
          .sizes(batch.first(), batch.samples())
          .sizes(rows, columns, chunks, rowsPerChunk)
          .arrays(partial)
          .items(vectors(batch));
    }
    call.launch(kernels, "columns_merge")
        .sizes(batch.first(), batch.samples())
        .sizes(rows, columns, groups, chunks)
        .flags(weightPerGroup())
        .arrays(partial, call.read(f.affine().weight()), call.read(f.affine().bias()))
        .arrays(statistics.mean(), statistics.meanLow(), statistics.rstd())
        .arrays(call.update(f.runningMean()), call.update(f.runningVariance()), coefficients)
        .reals(f.momentum())
        .flags(f.unbiased())
        .reals(plan.eps())
        .flags(ClCodes.of(plan.epsMode()), plan.centred() ? 1 : 0)
        .items(items(batch.samples() * groups));
  }

  private void useGiven(ClForward f, ClStatistics statistics, ClOperand coefficients, Batch batch) {
    call.launch(kernels, "columns_coefficients")
        .sizes(batch.first(), batch.samples())
        .sizes(columns, groups)
        .flags(weightPerGroup())
        .arrays(call.read(f.affine().weight()), call.read(f.affine().bias()))
        .arrays(statistics.mean(), statistics.meanLow(), statistics.rstd(), coefficients)
        .items(items(batch.samples() * groups));
  }

  private void apply(ClForward f, ClOperand coefficients, Batch batch) {
    sweep("columns_apply", batch)
        .arrays(call.read(f.x()), call.read(f.residual()))
        .arrays(call.write(f.y()), call.write(f.sum()), coefficients)
        .groups(sweepGroups(batch));
  }

  private void backward(ClBackward b) {
    ClForward.Given given = b.given();
    NormStats saved = b.saved();
    ClStatistics statistics =
        saved != null || given == null
            ? ClStatistics.saved(call, Objects.requireNonNull(saved))
            : ClStatistics.given(call, kernels, plan, given);
    ClOperand partial = call.scratch(partialBytes());
    ClOperand coefficients = call.scratch(samples * BACKWARD_ROWS * columns * elementBytes);
    if (whole) {
      sweepBack(b, statistics, partial, coefficients);
    } else {
      backInBatches(b, statistics, partial, coefficients);
    }
    if (b.wantsParameters()) {
      call.launch(kernels, "columns_parameters")
          .sizes(samples, columns, chunks, perWeight)
          .arrays(partial, call.write(b.gradient().weight()), call.write(b.gradient().bias()))
          .items(items(columns / perWeight));
    }
  }

  private void sweepBack(
      ClBackward b, ClStatistics statistics, ClOperand partial, ClOperand coefficients) {
    call.launch(kernels, "columns_backward")
        .sizes(rows, columns, groups)
        .arrays(call.read(b.x()), call.read(b.dy()), call.read(b.residual()))
        .arrays(call.read(b.affine().weight()), call.read(b.affine().bias()))
        .arrays(statistics.mean(), statistics.meanLow(), statistics.rstd())
        .arrays(call.read(b.dsum()), call.write(b.dx()), call.write(b.dresidual()))
        .arrays(partial, coefficients)
        .reals(plan.eps())
        .flags(ClCodes.of(plan.epsMode()), plan.centred() ? 1 : 0)
        .groups(samples);
  }

  private void backInBatches(
      ClBackward b, ClStatistics statistics, ClOperand partial, ClOperand coefficients) {
    forEachBatch(
        batch -> {
          reduce(b, statistics, partial, coefficients, batch);
          if (b.wantsData()) {
            propagate(b, coefficients, batch);
          }
        });
  }

  private void reduce(
      ClBackward b,
      ClStatistics statistics,
      ClOperand partial,
      ClOperand coefficients,
      Batch batch) {
    call.launch(kernels, "columns_backward_prepare")
        .sizes(batch.first(), batch.samples())
        .sizes(columns, groups)
        .flags(weightPerGroup())
        .arrays(call.read(b.affine().weight()), call.read(b.affine().bias()))
        .arrays(statistics.mean(), statistics.meanLow(), statistics.rstd(), coefficients)
        .items(items(batch.samples() * groups));
    sweep("columns_backward_sums", batch)
        .arrays(call.read(b.x()), call.read(b.dy()), call.read(b.residual()))
        .arrays(coefficients, partial)
        .groups(sweepGroups(batch));
    if (chunks > 1) {
      call.launch(kernels, "columns_backward_gather")
          .sizes(batch.first(), batch.samples())
          .sizes(columns, chunks)
          .arrays(partial)
          .items(vectors(batch));
    }
    call.launch(kernels, "columns_backward_coefficients")
        .sizes(batch.first(), batch.samples())
        .sizes(rows, columns, groups, chunks)
        .arrays(partial, coefficients)
        .reals(plan.eps())
        .flags(ClCodes.of(plan.epsMode()), plan.centred() ? 1 : 0, b.frozen())
        .items(items(batch.samples() * groups));
  }

  private void propagate(ClBackward b, ClOperand coefficients, Batch batch) {
    sweep("columns_backward_apply", batch)
        .arrays(call.read(b.x()), call.read(b.dy()), call.read(b.residual()))
        .arrays(call.read(b.dsum()), call.write(b.dx()), call.write(b.dresidual()), coefficients)
        .groups(sweepGroups(batch));
  }
}
