package dev.panorm.internal.backend.vector;

import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormPlan.Family;
import dev.panorm.ffi.streaming.StreamingKernels;
import dev.panorm.internal.parallel.WorkerPool;

/**
 * Forward where a channel's positions are adjacent (NCHW): GroupNorm, InstanceNorm, BatchNorm.
 *
 * <p>A set of statistics is a range of channels in a range of samples: in each sample one run of
 * memory. A frozen norm has no sets and takes the channels of one sample at a time.
 */
final class PlaneForward implements WorkerPool.PartTask {

  private static final long F4 = Float.BYTES;

  private final ForwardCall call;

  private long sets;
  private long setsPerPart;
  private long samples;
  private long width;
  private long groups;
  private long inner;
  private long sampleBytes;
  private boolean streams;

  PlaneForward(ForwardCall call) {
    this.call = call;
  }

  void run() {
    NormPlan plan = call.plan;
    boolean wholeChannels = plan.family() == Family.CHANNEL && !call.frozen();
    samples = wholeChannels ? plan.outer() : 1;
    groups = wholeChannels || call.frozen() ? plan.channels() : plan.groups();
    width = plan.channels() / groups;
    sets = wholeChannels ? groups : plan.outer() * groups;
    inner = plan.inner();
    streams = call.streams && Streaming.servesRuns(inner);
    sampleBytes = plan.channels() * inner * F4;
    setsPerPart = Partition.itemsPerPart(samples * width * inner);
    WorkerPool.shared().run(Partition.parts(sets, setsPerPart), this);
  }

  @Override
  public void run(int part) {
    Moments moments = Scratch.get().moments;
    long end = Math.min(sets, (part + 1) * setsPerPart);
    for (long set = part * setsPerPart; set < end; set++) {
      long channel = set % groups * width;
      long offset = set / groups * sampleBytes + channel * inner * F4;
      prepare(offset);
      statistics(set, channel, offset, moments);
      for (long sample = 0; sample < samples; sample++) {
        normalize(channel, offset + sample * sampleBytes, moments);
      }
    }
    call.endPart();
  }

  private void prepare(long offset) {
    for (long sample = 0; sample < samples; sample++) {
      call.prepare(offset + sample * sampleBytes, width * inner);
    }
  }

  private void statistics(long set, long channel, long offset, Moments moments) {
    if (call.frozen()) {
      long at = channel * F4;
      moments.give(call.plan, Lanes.get(call.givenMean + at), Lanes.get(call.givenVariance + at));
    } else {
      moments.find(call.plan, call.source + offset, samples, sampleBytes, width * inner);
      call.store(set, moments);
    }
  }

  private void normalize(long firstChannel, long offset, Moments moments) {
    for (long c = 0; c < width; c++) {
      float scale = moments.rstd() * call.parameters.weight(firstChannel + c);
      float bias = call.parameters.bias(firstChannel + c);
      float shift = (float) (bias - (double) moments.low() * scale);
      for (long i = 0; i < inner; i += Partition.PIECE) {
        int some = (int) Math.min(Partition.PIECE, inner - i);
        long at = offset + (c * inner + i) * F4;
        long x = call.source + at;
        if (streams) {
          StreamingKernels.normalizeRun(x, call.y + at, some, moments.high(), scale, shift);
        } else {
          RunKernels.normalize(x, call.y + at, some, moments.high(), scale, shift);
          call.finish(at, some);
        }
      }
    }
  }
}
