package dev.panorm.internal.backend.vector;

import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormPlan.Family;
import dev.panorm.ffi.streaming.StreamingKernels;
import dev.panorm.internal.parallel.WorkerPool;

/**
 * Backward where a channel's positions are adjacent (NCHW); sets as in {@link PlaneForward}, but a
 * frozen norm takes whole channels.
 *
 * <p>The sums of every channel of every set are kept, so that the gradients of weight and bias are
 * theirs added up in order.
 */
final class PlaneBackward implements WorkerPool.PartTask {

  private static final long F4 = Float.BYTES;
  private static final long PAIR = 2 * Double.BYTES;

  private final BackwardCall call;
  private final Loan loan = new Loan();

  private long sets;
  private long setsPerPart;
  private long samples;
  private long width;
  private long groups;
  private long inner;
  private long sampleBytes;
  private long channelSums;
  private boolean streams;
  private boolean compiled;

  PlaneBackward(BackwardCall call) {
    this.call = call;
  }

  void run() {
    NormPlan plan = call.plan;
    boolean wholeChannels = plan.family() == Family.CHANNEL;
    samples = wholeChannels ? plan.outer() : 1;
    groups = wholeChannels ? plan.channels() : plan.groups();
    width = plan.channels() / groups;
    sets = wholeChannels ? groups : plan.outer() * groups;
    inner = plan.inner();
    streams = call.streams && !call.frozen() && Streaming.servesRuns(inner);
    compiled = call.bare() && !call.frozen() && Streaming.hasSets(plan);
    sampleBytes = plan.channels() * inner * F4;
    setsPerPart = Partition.itemsPerPart(samples * width * inner);
    channelSums = loan.take(sets * width * PAIR);
    try {
      WorkerPool.shared().run(Partition.parts(sets, setsPerPart), this);
      if (call.wantsParameters()) {
        addUp();
      }
    } finally {
      loan.end();
    }
  }

  @Override
  public void run(int part) {
    long end = Math.min(sets, (part + 1) * setsPerPart);
    for (long set = part * setsPerPart; set < end; set++) {
      long channel = set % groups * width;
      long offset = set / groups * sampleBytes + channel * inner * F4;
      long sums = channelSums + set * width * PAIR;
      if (compiled) {
        differentiateSet(set, channel, offset, sums);
        continue;
      }
      if (samples == 1 && !call.activated() && inner <= Scratch.CHUNK) {
        sumsOfEach(set, offset, sums);
      } else {
        for (long c = 0; c < width; c++) {
          sums(set, channel + c, offset + c * inner * F4, sums + c * PAIR);
        }
      }
      if (call.dx != 0) {
        propagate(set, channel, offset, sums);
      }
    }
    call.endPart();
  }

  private void differentiateSet(long set, long channel, long offset, long sums) {
    StreamingKernels.differentiateSet(
        call.x + offset,
        call.dz(offset, 0),
        call.dx + offset,
        samples,
        sampleBytes / F4,
        width,
        inner,
        call.parameters.weights() + channel * F4,
        call.high(set),
        call.low(set),
        call.rstd(set),
        call.plan.centred(),
        sums,
        streams);
  }

  /** Sums of each channel of a set whose channels are adjacent. */
  private void sumsOfEach(long set, long offset, long sums) {
    BlockKernels.zeroWide(sums, 2 * width);
    long together = Scratch.CHUNK / inner;
    for (long c = 0; c < width; c += together) {
      int some = (int) Math.min(together, width - c);
      long at = offset + c * inner * F4;
      long dz = call.dz(at, 0);
      long to = sums + c * PAIR;
      long lanes = Scratch.get().table();
      RunKernels.gradientSumsOfEach(
          call.x + at, dz, some, (int) inner, call.high(set), to, PAIR, lanes);
      call.passOn(at, some * (int) inner);
    }
    for (long c = 0; c < width; c++) {
      centre(set, sums + c * PAIR);
    }
  }

  /** Takes what the mean lost to rounding out of Σ dz · c. */
  private void centre(long set, long pair) {
    double product = Lanes.getWide(pair + Double.BYTES) - call.low(set) * Lanes.getWide(pair);
    Lanes.setWide(pair + Double.BYTES, product);
  }

  /** Adds up Σ dz and Σ dz · c of one channel of a set. */
  private void sums(long set, long channel, long offset, long result) {
    long sums = Scratch.get().clearedSums();
    if (call.activated() || inner > Scratch.CHUNK) {
      for (long sample = 0; sample < samples; sample++) {
        sumsOfRun(set, channel, offset + sample * sampleBytes, sums);
      }
    } else {
      sumsOfRuns(set, offset, sums);
    }
    Lanes.setWide(result, Lanes.getWide(sums));
    Lanes.setWide(result + Double.BYTES, Lanes.getWide(sums + Double.BYTES));
    centre(set, result);
  }

  private void sumsOfRuns(long set, long offset, long sums) {
    long together = Scratch.CHUNK / inner;
    for (long sample = 0; sample < samples; sample += together) {
      int some = (int) Math.min(together, samples - sample);
      long at = offset + sample * sampleBytes;
      RunKernels.gradientSums(
          call.x + at, call.dz(at, 0), some, sampleBytes, (int) inner, call.high(set), sums);
      for (int s = 0; s < some; s++) {
        call.passOn(at + s * sampleBytes, (int) inner);
      }
    }
  }

  private void sumsOfRun(long set, long channel, long offset, long sums) {
    Scratch scratch = Scratch.get();
    float high = call.high(set);
    long gate = gate(set, channel);
    for (long i = 0; i < inner; i += Scratch.CHUNK) {
      int some = (int) Math.min(Scratch.CHUNK, inner - i);
      long at = offset + i * F4;
      if (call.activated()) {
        long z = scratch.first();
        RunKernels.normalize(call.x + at, z, 1, 0, some, terms(set, channel), 0);
        call.differentiate(at, z, scratch.second(), some);
      }
      long x = call.x + at;
      long dz = call.dz(at, scratch.second());
      if (streams && inner > Scratch.CHUNK && Streaming.addsUp(inner)) {
        long skip = samples > 1 ? sampleBytes / F4 - inner : 0;
        StreamingKernels.runGradientSums(x, dz, some, inner - i, skip, high, gate, sums);
      } else {
        RunKernels.gradientSums(x, dz, 1, 0, some, high, sums);
      }
      call.passOn(at, some);
    }
  }

  /** Returns the address of centre, scale and shift of z = c · scale + shift. */
  private long terms(long set, long channel) {
    float scale = call.rstd(set) * call.parameters.weight(channel);
    double shift = call.parameters.bias(channel) - (double) call.low(set) * scale;
    return Scratch.get().terms(call.high(set), scale, (float) shift);
  }

  /** Returns the address of scale and shift where the kernels take a ReLU, else 0. */
  private long gate(long set, long channel) {
    return call.gated ? terms(set, channel) + F4 : 0;
  }

  private void propagate(long set, long firstChannel, long offset, long sums) {
    double rstd = call.rstd(set);
    double sumG = 0;
    double sumGc = 0;
    for (long c = 0; c < width && !call.frozen(); c++) {
      double weight = call.parameters.weight(firstChannel + c);
      sumG += weight * Lanes.getWide(sums + c * PAIR);
      sumGc += weight * Lanes.getWide(sums + c * PAIR + Double.BYTES);
    }
    double m = (double) (samples * width * inner);
    double product = call.plan.projection(rstd) * rstd * rstd * sumGc / m;
    float slope = (float) product;
    float shift = (float) ((call.plan.centred() ? sumG / m : 0) - product * call.low(set));
    if (width == 1) {
      propagate(set, firstChannel, offset, samples, sampleBytes, 0, shift, slope);
    } else {
      propagate(set, firstChannel, offset, width, inner * F4, F4, shift, slope);
    }
  }

  /** Runs that stand {@code stride} bytes apart, their weights {@code step} bytes. */
  private void propagate(
      long set,
      long channel,
      long offset,
      long runs,
      long stride,
      long step,
      float shift,
      float slope) {
    long weights = call.parameters.weights() + channel * F4;
    long together = Math.max(1, Scratch.CHUNK / inner);
    for (long r = 0; r < runs; r += together) {
      int some = (int) Math.min(together, runs - r);
      for (long i = 0; i < inner; i += Partition.PIECE) {
        int length = (int) Math.min(Partition.PIECE, inner - i);
        long at = offset + r * stride + i * F4;
        propagatePiece(set, at, some, stride, length, weights + r * step, step, shift, slope);
      }
    }
  }

  private void propagatePiece(
      long set,
      long at,
      int runs,
      long stride,
      int length,
      long weights,
      long step,
      float shift,
      float slope) {
    long x = call.x + at;
    long dz = call.dz(at, 0);
    long dx = call.dx + at;
    float high = call.high(set);
    float rstd = call.rstd(set);
    long gate = gate(set, set % groups);
    if (call.frozen()) {
      long terms = Scratch.get().terms(0, rstd * Lanes.get(weights), 0);
      RunKernels.normalize(dz, dx, runs, stride, length, terms, 0);
    } else if (!streams) {
      RunKernels.gradient(x, dz, dx, runs, stride, length, weights, step, high, rstd, shift, slope);
    }
    for (int r = 0; r < runs; r++) {
      long run = r * stride;
      if (streams) {
        float weight = Lanes.get(weights + r * step);
        StreamingKernels.gradientRun(
            x + run, dz + run, dx + run, length, weight, high, rstd, shift, slope, gate);
      }
      call.finish(at + run, length);
    }
  }

  private void addUp() {
    long repeats = sets / groups;
    long channels = groups * width;
    for (long c = 0; c < channels; c++) {
      double toWeight = 0;
      double toBias = 0;
      for (long n = 0; n < repeats; n++) {
        long sums = channelSums + (n * channels + c) * PAIR;
        toWeight += Lanes.getWide(sums + Double.BYTES) * call.rstd(n * groups + c / width);
        toBias += Lanes.getWide(sums);
      }
      call.storeGradient(c, toWeight, toBias);
    }
  }
}
