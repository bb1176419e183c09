package dev.panorm.internal.backend.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.Activation;
import dev.panorm.DType;
import dev.panorm.EpsMode;
import dev.panorm.Layout;
import dev.panorm.backend.NormKernels;
import dev.panorm.backend.NormPlan.Family;
import dev.panorm.backend.NormPlan.Residual;
import dev.panorm.internal.backend.reference.ReferenceBackend;
import dev.panorm.testkit.NormCase;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Both launch profiles against the float64 reference; on PoCL the profile of GPUs runs the code
 * that a GPU runs, with memory of its own.
 */
class ClNormsTest {

  /**
   * Scaled error in float32: r, xh and the affine map round a handful of times (each 2^-24 = 6e-8),
   * the sums carry at most 16 roundings before they continue in double (1e-6 at worst for one lane,
   * less in the mean over lanes).
   */
  private static final double BOUND = 1e-6;

  /** With |mean| at 1e7 deviations, as the goldens' adv-offset1e6. */
  private static final double HARD_BOUND = 2e-6;

  private static final double BOUND_64 = 1e-12;

  private static final NormKernels REFERENCE = new ReferenceBackend().norms();

  private static final Map<LaunchProfile, NormKernels> NORMS =
      Map.of(
          LaunchProfile.CPU,
          new ClNorms(TestDevices.open(LaunchProfile.CPU)),
          LaunchProfile.GPU,
          new ClNorms(TestDevices.open(LaunchProfile.GPU)));

  static Stream<Arguments> cases() {
    return Stream.concat(
        geometries().stream()
            .flatMap(ClNormsTest::variants)
            .map(c -> Arguments.of(LaunchProfile.CPU, c)),
        geometries().stream()
            .flatMap(ClNormsTest::someVariants)
            .map(c -> Arguments.of(LaunchProfile.GPU, c)));
  }

  static Stream<LaunchProfile> profiles() {
    return Stream.of(LaunchProfile.CPU, LaunchProfile.GPU);
  }

  /**
   * Odd lengths, one element, longer than a block, blocks of rows and a rest, wide rows and a rest,
   * split and whole units, short planes.
   */
  private static List<NormCase> geometries() {
    List<NormCase> all = new ArrayList<>();
    all.add(NormCase.of(Family.SLAB, Layout.NCHW, 17, 33, 1, 1));
    all.add(NormCase.of(Family.SLAB, Layout.NCHW, 5, 4099, 1, 1));
    all.add(NormCase.of(Family.SLAB, Layout.NCHW, 257, 16, 1, 1));
    all.add(NormCase.of(Family.SLAB, Layout.NCHW, 600, 2048, 1, 1));
    all.add(NormCase.of(Family.SLAB, Layout.NCHW, 43, 4112, 1, 1));
    all.add(NormCase.of(Family.SLAB, Layout.NCHW, 3, 24, 1, 8));
    for (Layout layout : Layout.values()) {
      all.add(NormCase.of(Family.SLAB, layout, 3, 6, 17, 2));
      all.add(NormCase.of(Family.SLAB, layout, 2, 64, 25, 32));
      all.add(NormCase.of(Family.SLAB, layout, 2, 3, 20_000, 3));
      all.add(NormCase.of(Family.CHANNEL, layout, 16, 7, 1, 1));
      all.add(NormCase.of(Family.CHANNEL, layout, 8, 33, 49, 1));
      all.add(NormCase.of(Family.CHANNEL, layout, 64, 270, 9, 1));
      all.add(NormCase.of(Family.CHANNEL, layout, 2, 3, 40_000, 1));
    }
    all.add(NormCase.of(Family.CHANNEL, Layout.NCHW, 5, 128, 49, 1));
    all.add(NormCase.of(Family.SLAB, Layout.NHWC, 9, 42, 131, 6));
    all.add(NormCase.of(Family.SLAB, Layout.NHWC, 8, 1040, 9, 8));
    all.add(NormCase.of(Family.CHANNEL, Layout.NCHW, 70, 139, 49, 1));
    return all;
  }

  private static Stream<NormCase> variants(NormCase plain) {
    List<NormCase> all = new ArrayList<>();
    all.add(plain);
    all.add(plain.of(DType.FLOAT64));
    all.add(plain.affine(true, false));
    all.add(plain.affine(false, true));
    all.add(plain.with(true, EpsMode.OUTSIDE, 1e-3, Residual.NONE, Activation.IDENTITY));
    all.add(plain.with(true, EpsMode.IN_VARIANCE, 1e-3, Residual.NONE, Activation.IDENTITY));
    all.add(plain.with(Residual.BEFORE_NORM, Activation.SILU));
    all.add(plain.with(Residual.AFTER_NORM, Activation.GELU).affine(false, false));
    all.add(plain.with(Residual.NONE, Activation.GELU_TANH));
    if (plain.plan().perStatistic() > 100) {
      all.add(plain.distributed(1e6, 0.1));
    }
    if (plain.plan().family() == Family.CHANNEL) {
      all.add(plain.withGivenStatistics().with(Residual.AFTER_NORM, Activation.GELU));
    } else if (plain.plan().inner() == 1) {
      all.add(plain.with(false, EpsMode.INSIDE_SQRT, 1e-6, Residual.NONE, Activation.IDENTITY));
    }
    return all.stream();
  }

  /** Fewer, since PoCL compiles work-groups of many items slowly. */
  private static Stream<NormCase> someVariants(NormCase plain) {
    List<NormCase> all = new ArrayList<>();
    all.add(plain);
    all.add(plain.with(Residual.BEFORE_NORM, Activation.SILU).affine(true, false));
    all.add(plain.distributed(1e6, 0.1));
    if (plain.plan().family() == Family.CHANNEL) {
      all.add(plain.withGivenStatistics());
    }
    return all.stream().filter(c -> c.mean() < 1e3 || c.plan().perStatistic() > 100);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void agreesWithTheReference(LaunchProfile profile, NormCase norm) {
    Map<String, double[]> got = norm.run(norms(profile), norm.dtype());
    Map<String, double[]> expected = norm.run(REFERENCE, DType.FLOAT64);
    double bound =
        norm.dtype() == DType.FLOAT64 ? BOUND_64 : norm.mean() > 1e3 ? HARD_BOUND : BOUND;
    expected.forEach(
        (name, values) -> {
          double error = scaledError(values, result(got, name));
          assertTrue(error <= bound, () -> name + " is off by " + error + " in " + norm);
        });
  }

  private static NormKernels norms(LaunchProfile profile) {
    return Objects.requireNonNull(NORMS.get(profile));
  }

  private static double[] result(Map<String, double[]> results, String name) {
    return Objects.requireNonNull(results.get(name), name);
  }

  /** Largest error over largest magnitude; NaN where any element is. */
  private static double scaledError(double[] expected, double[] got) {
    assertEquals(expected.length, got.length);
    double largest = 0;
    double error = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      error = Math.max(error, Math.abs(expected[i] - got[i]));
    }
    return largest == 0 ? error : error / largest;
  }

  @ParameterizedTest
  @MethodSource("profiles")
  void givesTheSameBitsEveryTime(LaunchProfile profile) {
    NormKernels norms = norms(profile);
    for (NormCase norm : geometries()) {
      Map<String, double[]> once = norm.run(norms, DType.FLOAT32);
      norm.run(norms, DType.FLOAT32)
          .forEach(
              (name, values) ->
                  assertArrayEquals(result(once, name), values, name + " of " + norm));
    }
  }
}
