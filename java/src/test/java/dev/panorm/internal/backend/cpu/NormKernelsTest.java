package dev.panorm.internal.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.panorm.Activation;
import dev.panorm.DType;
import dev.panorm.EpsMode;
import dev.panorm.Layout;
import dev.panorm.Panorm;
import dev.panorm.backend.Backends;
import dev.panorm.backend.NormKernels;
import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormPlan.Family;
import dev.panorm.backend.NormPlan.Residual;
import dev.panorm.backend.Operation;
import dev.panorm.internal.backend.reference.ReferenceBackend;
import dev.panorm.testkit.BackendTest;
import dev.panorm.testkit.NormCase;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The norm kernels of the processor's backends in float32, against the reference in float64. */
@Tag("norms")
class NormKernelsTest {

  /**
   * Scaled error: centring, scaling, weight and bias round once each (2^-24 = 6e-8), and float32
   * partial sums run over 64 additions, 0.4 · √64 · 6e-8 = 2e-7 of a sum's standard size.
   */
  private static final double BOUND = 1e-6;

  /** With |mean| beyond 1e6 deviations; as the goldens' adv-offset1e6. */
  private static final double HARD_BOUND = 2e-6;

  private static final NormKernels REFERENCE = new ReferenceBackend().norms();

  private final int threads = Panorm.threads();

  @AfterEach
  void restoreThreads() {
    Panorm.setThreads(threads);
  }

  private static NormKernels selected(NormPlan plan) {
    return Backends.select(Operation.NORM, DType.FLOAT32, plan.elements()).norms();
  }

  private static void check(String backend, List<NormCase> cases, double bound) {
    BackendTest.on(backend, () -> cases.forEach(c -> check(c, bound)));
  }

  private static void check(NormCase c, double bound) {
    Map<String, double[]> expected = c.run(REFERENCE, DType.FLOAT64);
    Map<String, double[]> got = c.run(selected(c.plan()), DType.FLOAT32);
    assertEquals(expected.keySet(), got.keySet());
    expected.forEach(
        (name, values) -> {
          double scale = Math.max(largest(values), termSize(c, name, expected));
          compare(c, name, values, Objects.requireNonNull(got.get(name)), bound * scale);
        });
  }

  private static double largest(double[] values) {
    return Arrays.stream(values).map(Math::abs).filter(Double::isFinite).max().orElse(0);
  }

  /**
   * Size of the terms that a gradient is the sum of, where they may cancel: those of dx are rstd
   * times dy's size, n terms of size 1 add up to √n at least.
   */
  private static double termSize(NormCase c, String name, Map<String, double[]> expected) {
    return switch (name) {
      case "dx" -> largest(expected.getOrDefault("rstd", new double[0]));
      case "dweight", "dbias" -> Math.sqrt(c.plan().elements() / (double) c.plan().channels());
      default -> 0;
    };
  }

  private static void compare(
      NormCase c, String name, double[] expected, double[] got, double bound) {
    for (int i = 0; i < expected.length; i++) {
      double rounded = (float) expected[i];
      boolean same =
          Double.isFinite(rounded)
              ? Math.abs(got[i] - expected[i]) <= bound
              : Double.compare(got[i], rounded) == 0;
      if (!same) {
        fail(c + ": " + name + "[" + i + "] is " + got[i] + ", expected " + expected[i]);
      }
    }
  }

  private static NormCase rows(long rows, long length) {
    return NormCase.of(Family.SLAB, Layout.NCHW, rows, length, 1, 1);
  }

  private static NormCase uncentred(NormCase c) {
    return c.with(false, EpsMode.INSIDE_SQRT, 0x1p-23, Residual.NONE, Activation.IDENTITY);
  }

  @ParameterizedTest
  @MethodSource("dev.panorm.testkit.BackendTest#cpu")
  void rowsOfAnyLength(String backend) {
    List<NormCase> cases = new ArrayList<>();
    for (long length : new long[] {1, 3, 7, 8, 17, 31, 33, 64, 1023, 4099, 70_001}) {
      for (long rows : new long[] {1, 2, 17, 83}) {
        if (rows * length < 400_000) {
          cases.add(rows(rows, length));
          cases.add(uncentred(rows(rows, length)));
        }
      }
    }
    check(backend, cases, BOUND);
  }

  @ParameterizedTest
  @MethodSource("dev.panorm.testkit.BackendTest#cpu")
  void groupsAndInstances(String backend) {
    List<NormCase> cases = new ArrayList<>();
    for (Layout layout : Layout.values()) {
      for (long inner : new long[] {1, 3, 49, 1023, 4099}) {
        cases.add(NormCase.of(Family.SLAB, layout, 3, 6, inner, 2));
        cases.add(NormCase.of(Family.SLAB, layout, 2, 6, inner, 1));
        cases.add(NormCase.of(Family.SLAB, layout, 2, 7, inner, 7));
        cases.add(NormCase.of(Family.SLAB, layout, 1, 66, inner, 33));
      }
      cases.add(NormCase.of(Family.SLAB, layout, 1, 2, 150_000, 1));
    }
    check(backend, cases, BOUND);
  }

  @ParameterizedTest
  @MethodSource("dev.panorm.testkit.BackendTest#cpu")
  void channels(String backend) {
    List<NormCase> cases = new ArrayList<>();
    for (Layout layout : Layout.values()) {
      for (long inner : new long[] {1, 3, 49, 4099}) {
        for (long outer : new long[] {2, 17, 131}) {
          for (long count : new long[] {1, 3, 7, 33}) {
            if (outer * count * inner < 500_000) {
              NormCase c = NormCase.of(Family.CHANNEL, layout, outer, count, inner, 1);
              cases.add(c);
              cases.add(c.withGivenStatistics());
            }
          }
        }
      }
      cases.add(NormCase.of(Family.CHANNEL, layout, 5, 4100, 1, 1));
      cases.add(NormCase.of(Family.CHANNEL, layout, 3, 2, 100_003, 1));
    }
    check(backend, cases, BOUND);
  }

  /** One geometry of each way through the kernels. */
  private static List<NormCase> geometries() {
    List<NormCase> all = new ArrayList<>();
    all.add(rows(19, 100));
    for (Layout layout : Layout.values()) {
      all.add(NormCase.of(Family.SLAB, layout, 3, 12, 49, 4));
      all.add(NormCase.of(Family.CHANNEL, layout, 21, 10, 49, 1));
      all.add(NormCase.of(Family.CHANNEL, layout, 4, 3, 5000, 1));
      all.add(NormCase.of(Family.CHANNEL, layout, 37, 19, 1, 1));
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("dev.panorm.testkit.BackendTest#cpu")
  void everyFusion(String backend) {
    List<NormCase> cases = new ArrayList<>();
    for (NormCase c : geometries()) {
      for (Residual residual : Residual.values()) {
        for (Activation activation : Activation.values()) {
          cases.add(c.with(residual, activation));
          if (c.plan().family() == Family.CHANNEL) {
            cases.add(c.withGivenStatistics().with(residual, activation));
          }
        }
      }
    }
    check(backend, cases, BOUND);
  }

  @ParameterizedTest
  @MethodSource("dev.panorm.testkit.BackendTest#cpu")
  void everyPlaceOfEpsAndParameters(String backend) {
    List<NormCase> cases = new ArrayList<>();
    for (NormCase c : geometries()) {
      for (EpsMode mode : EpsMode.values()) {
        cases.add(c.with(true, mode, 0.1, Residual.NONE, Activation.IDENTITY));
        cases.add(c.with(true, mode, 0, Residual.NONE, Activation.SILU));
      }
      cases.add(c.affine(true, false));
      cases.add(c.affine(false, true));
      cases.add(c.affine(false, false).with(Residual.AFTER_NORM, Activation.TANH));
    }
    check(backend, cases, BOUND);
  }

  @ParameterizedTest
  @MethodSource("dev.panorm.testkit.BackendTest#cpu")
  void meansFarFromZero(String backend) {
    check(backend, geometries().stream().map(c -> c.distributed(1e4, 1)).toList(), BOUND);
    check(backend, geometries().stream().map(c -> c.distributed(1e6, 1)).toList(), BOUND);
    check(backend, geometries().stream().map(c -> c.distributed(-1e6, 0.1)).toList(), HARD_BOUND);
  }

  @ParameterizedTest
  @MethodSource("dev.panorm.testkit.BackendTest#cpu")
  void valuesNearTheEndsOfTheRange(String backend) {
    List<NormCase> cases = new ArrayList<>();
    for (NormCase c : geometries()) {
      for (double scale : new double[] {1e18, 1e25, 1e-20}) {
        cases.add(c.distributed(scale, scale));
        cases.add(
            c.distributed(scale, scale)
                .with(true, EpsMode.INSIDE_SQRT, 0, Residual.NONE, Activation.IDENTITY));
      }
    }
    check(backend, cases, HARD_BOUND);
  }

  @ParameterizedTest
  @MethodSource("dev.panorm.testkit.BackendTest#cpu")
  void sameBitsForAnyNumberOfThreads(String backend) {
    List<NormCase> cases = new ArrayList<>(geometries());
    cases.add(rows(700, 768));
    cases.add(NormCase.of(Family.SLAB, Layout.NHWC, 2, 64, 3000, 32));
    cases.add(NormCase.of(Family.SLAB, Layout.NHWC, 2, 330, 261, 33));
    cases.add(NormCase.of(Family.CHANNEL, Layout.NHWC, 8, 64, 900, 1));
    cases.add(NormCase.of(Family.CHANNEL, Layout.NHWC, 64, 2500, 1, 1));
    cases.add(NormCase.of(Family.CHANNEL, Layout.NCHW, 8, 64, 900, 1));
    BackendTest.on(
        backend,
        () -> {
          for (NormCase c : cases) {
            NormCase fused = c.with(Residual.AFTER_NORM, Activation.RELU);
            Map<String, double[]> one = runWith(1, fused);
            for (int count : new int[] {2, 3}) {
              Map<String, double[]> several = runWith(count, fused);
              one.forEach(
                  (name, values) ->
                      assertEquals(
                          -1,
                          Arrays.mismatch(values, Objects.requireNonNull(several.get(name))),
                          () -> fused + ": " + name + " with " + count + " threads"));
            }
          }
        });
  }

  private static Map<String, double[]> runWith(int count, NormCase c) {
    Panorm.setThreads(count);
    return c.run(selected(c.plan()), DType.FLOAT32);
  }
}
