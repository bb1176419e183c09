package dev.panorm.internal.backend.vector;

import dev.panorm.backend.Affine;

/** Weight and bias of a call; ones and zeros stand in for absent ones. */
final class Parameters {

  private static final long F4 = Float.BYTES;

  private final Loan ones = new Loan();
  private final Loan zeros = new Loan();
  private long weight;
  private long bias;
  private boolean weightGiven;
  private boolean biasGiven;

  void bind(Affine affine, long channels) {
    weight = Addresses.read(affine.weight());
    bias = Addresses.read(affine.bias());
    weightGiven = weight != 0;
    if (!weightGiven) {
      weight = filled(ones, channels, 1);
    }
    biasGiven = bias != 0;
    if (!biasGiven) {
      bias = filled(zeros, channels, 0);
    }
  }

  private static long filled(Loan loan, long length, float value) {
    long address = loan.take(length * F4);
    Runs.fill(value, address, length);
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

  /** Returns the address of the weight of a channel, 0 where no weight was given. */
  long givenWeight(long channel) {
    return weightGiven ? weight + channel * F4 : 0;
  }

  /** Returns the address of the bias of a channel, 0 where no bias was given. */
  long givenBias(long channel) {
    return biasGiven ? bias + channel * F4 : 0;
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
