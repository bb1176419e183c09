package dev.panorm.internal.backend.vector;

import dev.panorm.internal.parallel.WorkerPool;

/**
 * Forward of batch norm over short planes: a part is a strip, read once from memory where its rows
 * fit a cache. Statistics are found as {@link Moments} does it, with one shift per channel.
 */
final class StripForward implements WorkerPool.PartTask {

  private static final int ATTEMPTS = 3;
  private static final long F4 = Float.BYTES;
  private static final long F8 = Double.BYTES;
  private static final long PAIR = 2 * F8;

  private final ForwardCall call;
  private final Strips strips = new Strips();
  private boolean large;

  StripForward(ForwardCall call) {
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
    call.prepare(offset, strips.samples, strips.stride(), strips.columnsOf(strip));
    if (!call.frozen()) {
      find(strip, scratch);
    }
    for (int c = 0; c < strips.channelsOf(strip); c++) {
      settle(strips.firstChannel(strip) + c, c, scratch);
    }
    int columns = strips.columnsOf(strip);
    for (int r = 0; r < strips.samples; r += Strips.BLOCK) {
      int rows = Math.min(Strips.BLOCK, strips.samples - r);
      long at = offset + r * strips.stride();
      normalize(at, rows, columns, scratch);
    }
  }

  /** Σ d and Σ d² of each channel about a shift that is not far off. */
  private void find(int strip, Scratch scratch) {
    int channels = strips.channelsOf(strip);
    long source = call.source + strips.offset(strip);
    long shifts = scratch.column(0);
    double some = strips.inner;
    BlockKernels.zeroWide(scratch.pairs(), 2L * channels);
    strips.fold(source, channels, scratch.pairs(), PAIR);
    for (int c = 0; c < channels; c++) {
      strips.spread((float) (Lanes.getWide(scratch.pairs() + c * PAIR) / some), shifts, c);
    }
    accumulate(strip, source, scratch);
    for (int attempt = 1; attempt < ATTEMPTS && moved(channels, scratch); attempt++) {
      accumulate(strip, source, scratch);
    }
  }

  private void accumulate(int strip, long source, Scratch scratch) {
    int channels = strips.channelsOf(strip);
    int columns = strips.columnsOf(strip);
    long stride = strips.stride();
    long shifts = scratch.column(0);
    long sums = scratch.column(1);
    long squares = scratch.column(2);
    BlockKernels.zeroWide(scratch.pairs(), 2L * channels);
    for (int r = 0; r < strips.samples; r += Strips.BLOCK) {
      int rows = Math.min(Strips.BLOCK, strips.samples - r);
      long x = source + r * stride;
      Runs.fill(0, sums, columns);
      Runs.fill(0, squares, columns);
      Columns.moments(x, stride, rows, columns, shifts, sums, squares, large);
      strips.fold(sums, channels, scratch.pairs(), PAIR);
      strips.fold(squares, channels, scratch.pairs() + F8, PAIR);
    }
  }

  /** Moves every shift that was too far off to its mean; false where there was none. */
  private boolean moved(int channels, Scratch scratch) {
    boolean moved = false;
    for (int c = 0; c < channels; c++) {
      double delta = delta(c, scratch);
      double mean = shift(c, scratch) + delta;
      if (!(delta * delta <= variance(c, delta, scratch)) && !Double.isNaN(mean)) {
        strips.spread((float) mean, scratch.column(0), c);
        moved = true;
      }
    }
    return moved;
  }

  private float shift(int channel, Scratch scratch) {
    return Lanes.get(scratch.column(0) + channel * (long) strips.inner * F4);
  }

  private double delta(int channel, Scratch scratch) {
    return Lanes.getWide(scratch.pairs() + channel * PAIR) / count();
  }

  private double variance(int channel, double delta, Scratch scratch) {
    return Lanes.getWide(scratch.pairs() + channel * PAIR + F8) / count() - delta * delta;
  }

  private double count() {
    return (double) call.plan.perStatistic();
  }

  /** Spreads what the result needs of a channel over its columns, and stores its statistics. */
  private void settle(long channel, int inStrip, Scratch scratch) {
    Moments moments = scratch.moments;
    if (call.frozen()) {
      long at = channel * F4;
      moments.give(call.plan, Lanes.get(call.givenMean + at), Lanes.get(call.givenVariance + at));
    } else {
      measured(channel, inStrip, moments, scratch);
      call.store(channel, moments);
    }
    float scale = moments.rstd() * call.parameters.weight(channel);
    double offset = call.parameters.bias(channel) - (double) moments.low() * scale;
    strips.spread(moments.high(), scratch.column(0), inStrip);
    strips.spread(scale, scratch.column(1), inStrip);
    strips.spread((float) offset, scratch.column(2), inStrip);
  }

  private void measured(long channel, int inStrip, Moments moments, Scratch scratch) {
    double delta = delta(inStrip, scratch);
    double variance = variance(inStrip, delta, scratch);
    if (delta * delta <= variance && Moments.holds(variance, call.plan.eps())) {
      moments.give(call.plan, shift(inStrip, scratch) + delta, variance);
    } else {
      long plane = call.source + channel * strips.inner * F4;
      moments.find(call.plan, plane, strips.samples, strips.stride(), strips.inner);
    }
  }

  private void normalize(long offset, int rows, int columns, Scratch scratch) {
    long x = call.source + offset;
    long y = call.y + offset;
    long stride = strips.stride();
    long centre = scratch.column(0);
    long scale = scratch.column(1);
    long shift = scratch.column(2);
    long after = call.after(offset);
    Columns.normalize(
        x,
        y,
        stride,
        rows,
        columns,
        centre,
        scale,
        shift,
        after,
        call.plan.activation(),
        call.streams);
  }
}
