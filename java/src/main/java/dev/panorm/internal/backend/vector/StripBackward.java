package dev.panorm.internal.backend.vector;

import dev.panorm.Activation;
import dev.panorm.internal.parallel.WorkerPool;

/** Backward of batch norm over short planes; strips as in {@link StripForward}. */
final class StripBackward implements WorkerPool.PartTask {

  private static final long F8 = Double.BYTES;
  private static final long PAIR = 2 * F8;

  private final BackwardCall call;
  private final Strips strips = new Strips();
  private boolean large;

  StripBackward(BackwardCall call) {
    this.call = call;
  }

  void run() {
    strips.bind(call.plan);
    large = Streaming.serves(call.plan.elements());
    WorkerPool.shared().run(strips.count(), this);
  }

  @Override
  public void run(int strip) {
    Scratch scratch = Scratch.get();
    long offset = strips.offset(strip);
    int columns = strips.columnsOf(strip);
    sums(strip, scratch);
    for (int c = 0; c < strips.channelsOf(strip); c++) {
      settle(strips.firstChannel(strip) + c, c, scratch);
    }
    for (int r = 0; r < strips.samples && call.dx != 0; r += Strips.BLOCK) {
      int rows = Math.min(Strips.BLOCK, strips.samples - r);
      propagate(offset + r * strips.stride(), rows, columns, scratch);
    }
  }

  /** Σ dz and Σ dz · c of each channel. */
  private void sums(int strip, Scratch scratch) {
    int channels = strips.channelsOf(strip);
    int columns = strips.columnsOf(strip);
    long sums = scratch.column(1);
    long products = scratch.column(2);
    for (int c = 0; c < channels; c++) {
      spread(strips.firstChannel(strip) + c, c, scratch);
    }
    BlockKernels.zeroWide(scratch.pairs(), 2L * channels);
    for (int r = 0; r < strips.samples; r += Strips.BLOCK) {
      int rows = Math.min(Strips.BLOCK, strips.samples - r);
      Runs.fill(0, sums, columns);
      Runs.fill(0, products, columns);
      sums(strips.offset(strip) + r * strips.stride(), rows, columns, scratch);
      strips.fold(sums, channels, scratch.pairs(), PAIR);
      strips.fold(products, channels, scratch.pairs() + F8, PAIR);
    }
  }

  /** Spreads what z needs of a channel over its columns. */
  private void spread(long channel, int inStrip, Scratch scratch) {
    float scale = call.rstd(channel) * call.parameters.weight(channel);
    double shift = call.parameters.bias(channel) - (double) call.low(channel) * scale;
    strips.spread(call.high(channel), scratch.column(0), inStrip);
    strips.spread(scale, scratch.column(5), inStrip);
    strips.spread((float) shift, scratch.column(6), inStrip);
  }

  private void sums(long offset, int rows, int columns, Scratch scratch) {
    long stride = strips.stride();
    long centre = scratch.column(0);
    long scale = scratch.column(5);
    long shift = scratch.column(6);
    int most = call.rowsAtOnce(Strips.BLOCK, columns);
    for (int r = 0; r < rows; r += most) {
      int some = Math.min(most, rows - r);
      long at = offset + r * stride;
      call.prepare(at, some, stride, columns, centre, scale, shift, scratch.first());
      Columns.gradientSums(
          call.x + at,
          call.dz(at),
          stride,
          some,
          columns,
          centre,
          call.gated ? scale : 0,
          call.gated ? shift : 0,
          scratch.column(1),
          scratch.column(2),
          large);
    }
  }

  /** Spreads what dx needs of a channel over its columns, and stores its parameters' gradients. */
  private void settle(long channel, int inStrip, Scratch scratch) {
    double sum = Lanes.getWide(scratch.pairs() + inStrip * PAIR);
    double low = call.low(channel);
    double product = Lanes.getWide(scratch.pairs() + inStrip * PAIR + F8) - low * sum;
    float rstd = call.rstd(channel);
    float weight = call.parameters.weight(channel);
    call.storeGradient(channel, product * rstd, sum);
    double share = call.frozen() ? 0 : weight / (double) call.plan.perStatistic();
    double slope = call.plan.projection(rstd) * rstd * rstd * product * share;
    double offset = sum * share - slope * low;
    strips.spread(call.frozen() ? rstd * weight : weight, scratch.column(1), inStrip);
    strips.spread((float) -offset, scratch.column(2), inStrip);
    strips.spread((float) -slope, scratch.column(3), inStrip);
    strips.spread(rstd, scratch.column(4), inStrip);
  }

  private void propagate(long at, int rows, int columns, Scratch scratch) {
    long x = call.x + at;
    long dz = call.dz(at);
    long dx = call.dx + at;
    long stride = strips.stride();
    long terms = scratch.column(0);
    long gap = scratch.column(1) - terms;
    if (call.frozen()) {
      long nothing = scratch.column(2);
      Columns.normalize(
          dz,
          dx,
          stride,
          rows,
          columns,
          nothing,
          scratch.column(1),
          nothing,
          0,
          Activation.IDENTITY,
          false);
    } else {
      Columns.gradient(x, dz, dx, stride, rows, columns, terms, gap, call.gated, call.streams);
    }
    for (int r = 0; r < rows; r++) {
      call.finish(at + r * stride, columns);
    }
  }
}
