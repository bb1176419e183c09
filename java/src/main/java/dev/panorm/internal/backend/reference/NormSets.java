package dev.panorm.internal.backend.reference;

import dev.panorm.Layout;
import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormPlan.Family;

/**
 * The sets of elements that a norm takes its statistics over: a range of samples by a range of
 * channels, at all positions.
 */
record NormSets(NormPlan plan) {

  /** What is done with each element of a set. */
  @FunctionalInterface
  interface Visitor {
    void at(long position, long channel);
  }

  long count() {
    return plan.statistics();
  }

  /** Visits the elements of one set. */
  void visit(long set, Visitor visitor) {
    if (plan.family() == Family.SLAB) {
      long width = plan.channels() / plan.groups();
      long sample = set / plan.groups();
      long firstChannel = set % plan.groups() * width;
      visit(sample, sample + 1, firstChannel, firstChannel + width, visitor);
    } else {
      visit(0, plan.outer(), set, set + 1, visitor);
    }
  }

  private void visit(long fromSample, long toSample, long fromChannel, long toChannel, Visitor v) {
    for (long sample = fromSample; sample < toSample; sample++) {
      for (long channel = fromChannel; channel < toChannel; channel++) {
        for (long i = 0; i < plan.inner(); i++) {
          v.at(position(sample, channel, i), channel);
        }
      }
    }
  }

  private long position(long sample, long channel, long i) {
    return plan.layout() == Layout.NCHW
        ? (sample * plan.channels() + channel) * plan.inner() + i
        : (sample * plan.inner() + i) * plan.channels() + channel;
  }
}
