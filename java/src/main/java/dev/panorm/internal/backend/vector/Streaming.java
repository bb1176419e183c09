package dev.panorm.internal.backend.vector;

import dev.panorm.Activation;
import dev.panorm.EpsMode;
import dev.panorm.Panorm;
import dev.panorm.backend.NormPlan;
import dev.panorm.ffi.streaming.StreamingKernels;

/** What runs in C, and when a result is written past the caches. */
final class Streaming {

  /**
   * Bytes of a result from which on it streams: a quarter of a usual last-level cache, so that what
   * may still be there when it is read stays there.
   */
  private static final long LEAST_BYTES = 8L << 20;

  /**
   * Bytes of the largest result that several threads leave to the caches: it and what it is made of
   * are three quarters of a usual last-level cache, which gives several cores more than memory
   * does. One core alone has nearly all of memory's.
   */
  private static final long MOST_SHARED_BYTES = 12L << 20;

  /** Bytes from which on a gradient streams, for each thread: beside it two tensors are read. */
  private static final long LEAST_GRADIENT_BYTES = LEAST_BYTES / 2;

  /** Elements of the shortest run worth a call of its own. */
  private static final long SHORTEST_RUN = 512;

  /** Elements of the shortest row that gains by what is asked for ahead, as in streaming.c. */
  private static final long SHORTEST_ROW = Lanes.FLOATS < 16 ? 1024 : 512;

  /** Elements of the longest row for one call, since a safepoint waits for the call to end. */
  private static final long LONGEST_ROW = 1L << 18;

  /** Whether there are kernels in C. */
  static final boolean AVAILABLE = StreamingKernels.isAvailable();

  /** Whether sums have the same bits as {@link RunKernels} and {@link RowKernels} give them. */
  private static final boolean SAME_SUMS = AVAILABLE && StreamingKernels.lanes() == Lanes.FLOATS;

  private Streaming() {}

  /** Returns whether {@code elements} float32 are so many that they come from memory. */
  static boolean serves(long elements) {
    return AVAILABLE && elements * Float.BYTES >= LEAST_BYTES;
  }

  /** Returns whether a result of {@code elements} float32 goes past the caches. */
  static boolean servesResult(long elements) {
    boolean shared = Panorm.threads() > 1 && elements * Float.BYTES <= MOST_SHARED_BYTES;
    return serves(elements) && !shared;
  }

  /** Returns whether {@code elements} float32 of a norm's dx are enough to stream. */
  static boolean servesGradient(long elements) {
    long share = elements * Float.BYTES / Panorm.threads();
    return serves(elements) || (AVAILABLE && share >= LEAST_GRADIENT_BYTES);
  }

  /** Returns whether runs of {@code length} elements are long enough. */
  static boolean servesRuns(long length) {
    return length >= SHORTEST_RUN;
  }

  /**
   * Returns whether {@code length} adjacent elements of data that streams are better added up by
   * {@link StreamingKernels}.
   */
  static boolean addsUp(long length) {
    return SAME_SUMS && length >= SHORTEST_ROW;
  }

  /** Returns whether {@link StreamingKernels} has what a plan of rows wants, from end to end. */
  static boolean hasRows(NormPlan plan) {
    return hasSets(plan) && plan.channels() <= LONGEST_ROW;
  }

  /**
   * Returns whether {@link StreamingKernels} has what a plan wants for sets that share statistics,
   * from end to end.
   */
  static boolean hasSets(NormPlan plan) {
    return SAME_SUMS && plan.epsMode() != EpsMode.OUTSIDE;
  }

  /**
   * Returns whether the C kernels also take a norm's ReLU backward, in every sweep, so that nobody
   * has to store dz in between: of columns and of planes.
   */
  static boolean gates(NormPlan plan) {
    if (!AVAILABLE || plan.activation() != Activation.RELU || VectorNorms.rows(plan)) {
      return false;
    }
    return !VectorNorms.planes(plan) || Strips.serve(plan) || hasSets(plan);
  }

  /** Returns the number by which the kernels know an activation. */
  static int number(Activation activation) {
    return switch (activation) {
      case IDENTITY -> 0;
      case RELU -> 1;
      case GELU -> 2;
      case GELU_TANH -> 3;
      case SILU -> 4;
      case SIGMOID -> 5;
      case TANH -> 6;
    };
  }

  /** Returns what to tell a user. */
  static String describe() {
    if (!AVAILABLE) {
      return "none: " + StreamingKernels.refusal();
    }
    return "norms, functions of each element"
        + (CorrelationInC.AVAILABLE ? ", convolutions" : "")
        + ", past the caches from "
        + (LEAST_BYTES >> 20)
        + " MiB on, of several threads beyond "
        + (MOST_SHARED_BYTES >> 20)
        + " MiB, gradients of norms also from "
        + (LEAST_GRADIENT_BYTES >> 20)
        + " MiB a thread on";
  }
}
