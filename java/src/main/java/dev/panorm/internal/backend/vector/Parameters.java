package dev.panorm.internal.backend.vector;

import dev.panorm.backend.Affine;

/** Weight and bias of a call; ones and zeros stand in for absent ones. */
final class Parameters {

  private static final long F4 = Float.BYTES;

  private final Loan ones = new Loan();
  private final Loan zeros = new Loan();
  private long weight;
  private long bias;

  void bind(Affine affine, long channels) {
    weight = Addresses.read(affine.weight());
    bias = Addresses.read(affine.bias());
    if (weight == 0) {
      weight = filled(ones, channels, 1);
    }
    if (bias == 0) {
      bias = filled(zeros, channels, 0);
    }
  }

  private static long filled(Loan loan, long length, float value) {
    long address = loan.take(length * F4);
    BlockKernels.fill(address, length, value);
    return address;
  }

  /** Returns the address of the weights. */
  long weights() {
    return weight;
  }

  /** Returns the address of the biases. */
  long biases() {
    return bias;
  }

  float weight(long channel) {
    return Lanes.get(weight + channel * F4);
  }

  float bias(long channel) {
    return Lanes.get(bias + channel * F4);
  }

  void release() {
    ones.end();
    zeros.end();
  }
}
