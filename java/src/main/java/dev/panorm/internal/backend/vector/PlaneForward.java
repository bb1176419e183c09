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

  private static final long TERMS = Planes.TERMS;

  private final ForwardCall call;
  private final Loan loan = new Loan();

  private long sets;
  private long setsPerPart;
  private long samples;
  private long width;
  private long groups;
  private long inner;
  private long sampleBytes;
  private boolean streams;
  private boolean compiled;
  private int number;

  /** Terms of every channel of a frozen norm, otherwise room for one set's in each part. */
  private long terms;

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
    number = Streaming.number(plan.activation());
    compiled = !call.frozen() && Streaming.hasSets(plan);
    sampleBytes = plan.channels() * inner * F4;
    setsPerPart = Partition.itemsPerPart(samples * width * inner);
    int parts = Partition.parts(sets, setsPerPart);
    terms = loan.take(Math.max(plan.channels(), parts * width) * TERMS);
    try {
      if (call.frozen()) {
        giveTerms();
      }
      WorkerPool.shared().run(parts, this);
    } finally {
      loan.end();
    }
  }

  private void giveTerms() {
    Moments moments = Scratch.get().moments;
    for (long c = 0; c < groups; c++) {
      long at = c * F4;
      moments.give(call.plan, Lanes.get(call.givenMean + at), Lanes.get(call.givenVariance + at));
      storeTerms(terms + c * TERMS, c, moments);
    }
  }

  private void storeTerms(long at, long channel, Moments moments) {
    float scale = moments.rstd() * call.parameters.weight(channel);
    double shift = call.parameters.bias(channel) - (double) moments.low() * scale;
    Lanes.set(at, moments.high());
    Lanes.set(at + F4, scale);
    Lanes.set(at + 2 * F4, (float) shift);
  }

  @Override
  public void run(int part) {
    long begin = part * setsPerPart;
    long end = Math.min(sets, begin + setsPerPart);
    if (call.frozen()) {
      frozen(begin, end);
    } else {
      Moments moments = Scratch.get().moments;
      long ofPart = terms + part * width * TERMS;
      int count = (int) (end - begin);
      for (int s = 0; s < count; s++) {
        measured(begin + s, ofPart, moments);
      }
    }
  }

  /** Runs from {@code begin} to {@code end}, each with the given statistics of its channel. */
  private void frozen(long begin, long end) {
    long run = begin;
    while (run < end) {
      long channel = run % groups;
      long some = Math.min(end - run, groups - channel);
      call.prepare(run * inner * F4, some * inner);
      normalize(run * inner * F4, some, terms + channel * TERMS);
      run += some;
    }
  }

  private void measured(long set, long ofSet, Moments moments) {
    long channel = set % groups * width;
    long offset = set / groups * sampleBytes + channel * inner * F4;
    for (int sample = 0; sample < samples; sample++) {
      call.prepare(offset + sample * sampleBytes, width * inner);
    }
    if (compiled && normalizeSet(set, channel, offset, moments)) {
      return;
    }
    moments.find(call.plan, call.source + offset, samples, sampleBytes, width * inner);
    call.store(set, moments);
    for (int c = 0; c < width; c++) {
      storeTerms(ofSet + c * TERMS, channel + c, moments);
    }
    for (int sample = 0; sample < samples; sample++) {
      normalize(offset + sample * sampleBytes, width, ofSet);
    }
  }

  private boolean normalizeSet(long set, long channel, long offset, Moments moments) {
    long found = Scratch.get().sums();
    boolean done =
        StreamingKernels.normalizeSet(
            call.source + offset,
            call.y + offset,
            samples,
            sampleBytes / F4,
            width,
            inner,
            call.parameters.weights() + channel * F4,
            call.parameters.biases() + channel * F4,
            call.plan.eps(),
            call.plan.centred(),
            found,
            call.after(offset),
            number,
            streams);
    if (done) {
      moments.give(call.plan, Lanes.getWide(found), Lanes.getWide(found + Double.BYTES));
      call.store(set, moments);
    }
    return done;
  }

  /** Adjacent runs, each with terms of its own, some together or in pieces. */
  private void normalize(long offset, long runs, long firstTerms) {
    int together = (int) Math.max(1, Scratch.CHUNK / inner);
    for (long r = 0; r < runs; r += together) {
      int some = (int) Math.min(together, runs - r);
      for (long i = 0; i < inner; i += Partition.PIECE) {
        int length = (int) Math.min(Partition.PIECE, inner - i);
        long at = offset + (r * inner + i) * F4;
        Planes.normalize(
            call.source + at,
            call.y + at,
            some,
            length,
            firstTerms + r * TERMS,
            call.after(at),
            call.plan.activation(),
            streams);
      }
    }
  }
}
