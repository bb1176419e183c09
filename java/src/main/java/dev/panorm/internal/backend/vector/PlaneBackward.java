package dev.panorm.internal.backend.vector;

import dev.panorm.Activation;
import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormPlan.Family;
import dev.panorm.ffi.streaming.StreamingKernels;
import dev.panorm.internal.memory.Block;
import dev.panorm.internal.memory.SegmentPool;
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

  /** Elements of the largest set whose dz stays in a core's cache beside x. */
  private static final long LARGEST_ROOM = 1L << 17;

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

  PlaneBackward(BackwardCall call) {
    this.call = call;
  }

  /** Returns whether dz of a set stays in a cache, in a room of its own. */
  static boolean hasRoom(NormPlan plan) {
    return plan.perStatistic() <= LARGEST_ROOM;
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
    if (call.compiled && call.activated() && (call.copiesDz() || !call.keepsDz())) {
      Block room = SegmentPool.shared().take(samples * width * inner * F4);
      try {
        run(part, room.address());
      } finally {
        SegmentPool.shared().give(room);
      }
    } else {
      run(part, 0);
    }
  }

  /** One part, with room for dz of a set or 0. */
  private void run(int part, long room) {
    long end = Math.min(sets, (part + 1) * setsPerPart);
    for (long set = part * setsPerPart; set < end; set++) {
      long channel = set % groups * width;
      long offset = set / groups * sampleBytes + channel * inner * F4;
      long sums = channelSums + set * width * PAIR;
      if (call.compiled) {
        for (long sample = 0; sample < samples && !call.activated(); sample++) {
          call.passOn(offset + sample * sampleBytes, width * inner);
        }
        differentiateSet(set, channel, offset, room, sums);
      } else {
        set(set, channel, offset, sums);
      }
    }
  }

  private void set(long set, long channel, long offset, long sums) {
    for (long sample = 0; sample < samples; sample++) {
      prepare(set, channel, offset + sample * sampleBytes);
    }
    sumUp(set, offset, sums);
    if (call.dx != 0) {
      propagate(set, channel, offset, sums);
    }
    for (long sample = 0; sample < samples; sample++) {
      call.finish(offset + sample * sampleBytes, width * inner);
    }
  }

  private void sumUp(long set, long offset, long sums) {
    if (samples == 1 && inner <= Scratch.CHUNK) {
      sumsOfEach(set, offset, sums);
      return;
    }
    for (long c = 0; c < width; c++) {
      sums(set, offset + c * inner * F4, sums + c * PAIR);
    }
  }

  /** dz of the channels of a set in one sample. */
  private void prepare(long set, long channel, long offset) {
    if (!call.activated()) {
      call.passOn(offset, width * inner);
      return;
    }
    long together = Math.max(1, Scratch.CHUNK / inner);
    for (long c = 0; c < width; c += together) {
      int some = (int) Math.min(together, width - c);
      for (long i = 0; i < inner; i += Scratch.CHUNK) {
        int length = (int) Math.min(Scratch.CHUNK, inner - i);
        differentiate(set, channel + c, offset + (c * inner + i) * F4, some, length);
      }
    }
  }

  /** dz of adjacent runs, by way of their z. */
  private void differentiate(long set, long channel, long at, int runs, int length) {
    long z = Scratch.get().first();
    for (int r = 0; r < runs; r++) {
      long run = r * (long) length * F4;
      long terms = terms(set, channel + r);
      long after = call.after(at + run);
      Planes.normalize(
          call.x + at + run, z + run, 1, length, terms, after, Activation.IDENTITY, false);
    }
    call.differentiate(at, z, call.dz(at), runs * length);
  }

  private void differentiateSet(long set, long channel, long offset, long room, long sums) {
    boolean kept = call.activated() && room == 0;
    StreamingKernels.differentiateSet(
        call.x + offset,
        call.dy(offset),
        kept ? call.dz(offset) : room,
        kept ? sampleBytes / F4 : width * inner,
        call.dx + offset,
        samples,
        sampleBytes / F4,
        width,
        inner,
        call.parameters.weights() + channel * F4,
        call.parameters.biases() + channel * F4,
        call.high(set),
        call.low(set),
        call.rstd(set),
        call.plan.centred(),
        call.after(offset),
        Streaming.number(call.plan.activation()),
        call.copiesDz() ? call.dz(offset) : 0,
        call.dsum(offset),
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
      long dz = call.dz(at);
      long to = sums + c * PAIR;
      long lanes = Scratch.get().table();
      RunKernels.gradientSumsOfEach(
          call.x + at, dz, some, (int) inner, call.high(set), to, PAIR, lanes);
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
  private void sums(long set, long offset, long result) {
    long sums = Scratch.get().clearedSums();
    if (inner > Scratch.CHUNK) {
      for (long sample = 0; sample < samples; sample++) {
        sumsOfRun(set, offset + sample * sampleBytes, sums);
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
          call.x + at, call.dz(at), some, sampleBytes, (int) inner, call.high(set), sums);
    }
  }

  private void sumsOfRun(long set, long offset, long sums) {
    for (long i = 0; i < inner; i += Scratch.CHUNK) {
      int some = (int) Math.min(Scratch.CHUNK, inner - i);
      long at = offset + i * F4;
      RunKernels.gradientSums(call.x + at, call.dz(at), 1, 0, some, call.high(set), sums);
    }
  }

  /** Returns the address of centre, scale and shift of z = c · scale + shift. */
  private long terms(long set, long channel) {
    float scale = call.rstd(set) * call.parameters.weight(channel);
    double shift = call.parameters.bias(channel) - (double) call.low(set) * scale;
    return Scratch.get().terms(call.high(set), scale, (float) shift);
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
    long dz = call.dz(at);
    long dx = call.dx + at;
    float high = call.high(set);
    float rstd = call.rstd(set);
    if (call.frozen()) {
      long terms = Scratch.get().terms(0, rstd * Lanes.get(weights), 0);
      RunKernels.normalize(dz, dx, runs, stride, length, terms, 0);
    } else {
      RunKernels.gradient(x, dz, dx, runs, stride, length, weights, step, high, rstd, shift, slope);
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
