package dev.panorm.internal.backend.opencl;

import dev.panorm.Tensor;
import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormPlan.Family;
import dev.panorm.backend.NormStats;
import java.util.Objects;
import java.util.function.LongConsumer;

/**
 * Norms of data with the channels side by side: the launches of {@code columns.cl}.
 *
 * <p>BatchNorm is one sample whose rows are all samples and positions, with a group per channel.
 */
final class ClColumnNorm {

  private static final String PROGRAM = "columns";

  /** Rows of coefficients per sample, as the source counts them. */
  private static final int FORWARD_ROWS = 4;

  private static final int BACKWARD_ROWS = 7;

  private final ClCall call;
  private final NormPlan plan;
  private final ClKernels kernels;
  private final long elementBytes;
  private final long samples;
  private final long rows;
  private final long channels;
  private final long groups;
  private final long chunks;
  private final long rowsPerChunk;

  /** Samples between one launch and the next. */
  private final long batch;

  private ClColumnNorm(ClCall call, NormPlan plan, Tensor x) {
    LaunchProfile profile = call.context().profile();
    boolean slab = plan.family() == Family.SLAB;
    this.call = call;
    this.plan = plan;
    this.kernels = ClNorms.kernels(call, PROGRAM, plan, x, plan.channels());
    this.elementBytes = x.dtype().byteSize();
    this.samples = slab ? plan.outer() : 1;
    this.rows = slab ? plan.inner() : plan.outer() * plan.inner();
    this.channels = plan.channels();
    this.groups = slab ? plan.groups() : channels;
    this.rowsPerChunk = profile.columnRowsPerChunk(samples, rows);
    this.chunks = ClNorms.ceil(rows, rowsPerChunk);
    this.batch = Math.clamp(profile.batchBytes() / (rows * channels * elementBytes), 1, samples);
  }

  static void forward(ClCall call, ClForward f) {
    new ClColumnNorm(call, f.plan(), f.x()).forward(f);
  }

  static void backward(ClCall call, ClBackward b) {
    new ClColumnNorm(call, b.plan(), b.x()).backward(b);
  }

  private void forward(ClForward f) {
    ClForward.Given given = f.given();
    ClStatistics statistics =
        given == null ? ClStatistics.room(call, f) : ClStatistics.given(call, kernels, plan, given);
    ClOperand partial = call.scratch(partialBytes());
    ClOperand coefficients = call.scratch(samples * FORWARD_ROWS * channels * elementBytes);
    forEachBatch(
        first -> {
          long count = Math.min(batch, samples - first);
          if (given == null) {
            measure(f, statistics, partial, first, count);
          }
          apply(f, statistics, coefficients, first, count);
        });
  }

  private long partialBytes() {
    return samples * chunks * 2 * channels * Double.BYTES;
  }

  /** Items that take the channels of a sample, a vector each. */
  private long vectors() {
    return ClNorms.ceil(channels, kernels.shape().vectorWidth());
  }

  private void forEachBatch(LongConsumer action) {
    for (long first = 0; first < samples; first += batch) {
      action.accept(first);
    }
  }

  private void measure(
      ClForward f, ClStatistics statistics, ClOperand partial, long first, long count) {
    call.launch(kernels, "columns_statistics")
        .sizes(rows, channels, chunks, rowsPerChunk, first)
        .arrays(call.read(f.x()), call.read(f.residual()), partial)
        .flags(plan.centred() ? 1 : 0)
        .groups(count * chunks);
    call.launch(kernels, "columns_gather")
        .sizes(first, count, rows, channels, chunks, rowsPerChunk)
        .arrays(partial)
        .items(count * vectors());
    call.launch(kernels, "columns_merge")
        .sizes(first, count, rows, channels, groups, chunks)
        .arrays(partial, statistics.mean(), statistics.meanLow(), statistics.rstd())
        .arrays(call.update(f.runningMean()), call.update(f.runningVariance()))
        .reals(f.momentum())
        .flags(f.unbiased())
        .reals(plan.eps())
        .flags(ClCodes.of(plan.epsMode()))
        .items(count * groups);
  }

  private void apply(
      ClForward f, ClStatistics statistics, ClOperand coefficients, long first, long count) {
    call.launch(kernels, "columns_coefficients")
        .sizes(first, count, channels, groups)
        .arrays(call.read(f.affine().weight()), call.read(f.affine().bias()))
        .arrays(statistics.mean(), statistics.meanLow(), statistics.rstd(), coefficients)
        .items(count * channels);
    call.launch(kernels, "columns_apply")
        .sizes(rows, channels, chunks, rowsPerChunk, first)
        .arrays(call.read(f.x()), call.read(f.residual()))
        .arrays(call.write(f.y()), call.write(f.sum()), coefficients)
        .groups(count * chunks);
  }

  private void backward(ClBackward b) {
    ClForward.Given given = b.given();
    NormStats saved = b.saved();
    ClStatistics statistics =
        saved != null || given == null
            ? ClStatistics.saved(call, Objects.requireNonNull(saved))
            : ClStatistics.given(call, kernels, plan, given);
    ClOperand partial = call.scratch(partialBytes());
    ClOperand coefficients = call.scratch(samples * BACKWARD_ROWS * channels * elementBytes);
    forEachBatch(
        first -> {
          long count = Math.min(batch, samples - first);
          reduce(b, statistics, partial, coefficients, first, count);
          if (b.wantsData()) {
            propagate(b, coefficients, first, count);
          }
        });
    if (b.wantsParameters()) {
      call.launch(kernels, "columns_parameters")
          .sizes(samples, channels, chunks)
          .arrays(partial, call.write(b.gradient().weight()), call.write(b.gradient().bias()))
          .items(channels);
    }
  }

  private void reduce(
      ClBackward b,
      ClStatistics statistics,
      ClOperand partial,
      ClOperand coefficients,
      long first,
      long count) {
    call.launch(kernels, "columns_backward_prepare")
        .sizes(first, count, channels, groups)
        .arrays(call.read(b.affine().weight()), call.read(b.affine().bias()))
        .arrays(statistics.mean(), statistics.meanLow(), statistics.rstd(), coefficients)
        .items(count * channels);
    call.launch(kernels, "columns_backward_sums")
        .sizes(rows, channels, chunks, rowsPerChunk, first)
        .arrays(call.read(b.x()), call.read(b.dy()), call.read(b.residual()))
        .arrays(coefficients, partial)
        .groups(count * chunks);
    call.launch(kernels, "columns_backward_gather")
        .sizes(first, count, channels, chunks)
        .arrays(partial)
        .items(count * vectors());
    call.launch(kernels, "columns_backward_coefficients")
        .sizes(first, count, rows, channels, groups, chunks)
        .arrays(partial, coefficients)
        .reals(plan.eps())
        .flags(ClCodes.of(plan.epsMode()), plan.centred() ? 1 : 0, b.frozen())
        .items(count * groups);
  }

  private void propagate(ClBackward b, ClOperand coefficients, long first, long count) {
    call.launch(kernels, "columns_backward_apply")
        .sizes(rows, channels, chunks, rowsPerChunk, first)
        .arrays(call.read(b.x()), call.read(b.dy()), call.read(b.residual()))
        .arrays(call.read(b.dsum()), call.write(b.dx()), call.write(b.dresidual()), coefficients)
        .groups(count * chunks);
  }
}
