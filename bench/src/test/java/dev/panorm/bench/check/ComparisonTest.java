package dev.panorm.bench.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ComparisonTest {

  private static final double NAN = Double.NaN;
  private static final double INF = Double.POSITIVE_INFINITY;

  private final Scope scope = Scope.open();

  @AfterEach
  void close() {
    scope.close();
  }

  @Test
  void errorsAreMeasuredAgainstTheLargestElement() {
    Comparison c = compare("plain", new double[] {4, 0}, new double[] {4, 2e-6});
    assertEquals(5e-7, c.error(), 1e-12);
    assertTrue(c.passes());
    assertFalse(compare("plain", new double[] {1, 0}, new double[] {1, 2e-6}).passes());
  }

  @Test
  void hardCasesHaveTwiceTheRoom() {
    double[] expected = {1, 0};
    double[] got = {1, 1.5e-6};
    assertFalse(compare("plain", expected, got).passes());
    for (String variant :
        new String[] {"adv-offset1e6", "adv-const", "adv-huge", "adv-tiny", "adv-outlier"}) {
      assertTrue(compare(variant, expected, got).passes(), variant);
    }
  }

  @Test
  void noiseIsMeasuredAgainstTheUpstreamGradient() {
    // dy is at most 3: 1e-5 x 3 may be off, though all that is expected is noise
    assertTrue(compare("adv-pair", new double[] {1e-15}, new double[] {2.9e-5}).passes());
    assertFalse(compare("adv-pair", new double[] {1e-15}, new double[] {3.1e-5}).passes());
    assertFalse(compare("plain", new double[] {1e-15}, new double[] {2.9e-5}).passes());
    // rstd of one element: float32 cannot state it more exactly, but it has not cancelled
    assertTrue(compare("adv-single", new double[] {316.22777}, new double[] {316.22779}).passes());
    assertFalse(compare("adv-single", new double[] {316.22777}, new double[] {316.2283}).passes());
  }

  @Test
  void whatIsNotFiniteMustBeJustThat() {
    assertTrue(
        compare("adv-nonfinite", new double[] {NAN, INF, 1}, new double[] {NAN, INF, 1}).passes());
    for (double wrong : new double[] {1, -INF, NAN}) {
      assertFalse(compare("adv-nonfinite", new double[] {INF}, new double[] {wrong}).passes());
    }
    assertFalse(compare("adv-nonfinite", new double[] {NAN}, new double[] {INF}).passes());
    assertFalse(compare("plain", new double[] {1, 2}, new double[] {1, NAN}).passes());
    assertFalse(compare("plain", new double[] {1, 2}, new double[] {1, INF}).passes());
  }

  @Test
  void savedStatisticsOfNonfiniteDataAreExempt() {
    Tensor wrong = scope.of(new double[] {7});
    Case subject = subject("adv-nonfinite", "saved_mean,y");
    Map<String, Tensor> expected =
        Map.of("saved_mean", scope.of(new double[] {NAN}), "y", scope.of(new double[] {1}));
    Map<String, Tensor> got = Map.of("saved_mean", wrong, "y", scope.of(new double[] {1}));
    Comparison worst = worst(subject, expected, got);
    assertEquals("y", worst.result());
    assertTrue(worst.passes());
    assertFalse(worst(subject("plain", "saved_mean,y"), expected, got).passes());
  }

  @Test
  void valuesBeyondFloat32AreInfinite() {
    assertTrue(
        compare("adv-huge", new double[] {1e39, -1e39, 1}, new double[] {INF, -INF, 1}).passes());
    assertFalse(compare("adv-huge", new double[] {1e39, 1}, new double[] {3e38, 1}).passes());
  }

  @Test
  void anAbsentResultOrShapeFails() {
    Case subject = subject("plain", "y");
    Map<String, Tensor> expected = Map.of("y", scope.of(new double[] {1, 2}));
    assertFalse(worst(subject, expected, Map.of()).passes());
    assertFalse(
        worst(subject, expected, Map.of("y", scope.of(new double[] {1, 2}, 2, 1))).passes());
  }

  @Test
  void anExactResultDoesNotHideAWrongOne() {
    Case subject = subject("plain", "indices,y");
    Map<String, Tensor> expected =
        Map.of("indices", scope.of(new long[] {3}), "y", scope.of(new double[] {1}));
    Map<String, Tensor> got =
        Map.of("indices", scope.of(new long[] {3}), "y", scope.of(new double[] {2}));
    assertEquals("y", worst(subject, expected, got).result());
    Map<String, Tensor> off =
        Map.of("indices", scope.of(new long[] {4}), "y", scope.of(new double[] {1}));
    assertFalse(worst(subject, expected, off).passes());
  }

  private Comparison compare(String variant, double[] expected, double[] got) {
    return worst(
        subject(variant, "y"), Map.of("y", scope.of(expected)), Map.of("y", scope.of(got)));
  }

  private static Comparison worst(
      Case subject, Map<String, Tensor> expected, Map<String, Tensor> got) {
    Comparison worst =
        Comparison.worst(subject, Rule.of(subject, DType.FLOAT32), DType.FLOAT32, expected, got);
    assertNotNull(worst);
    return worst;
  }

  private Case subject(String variant, String results) {
    return new Case(
        "test",
        Map.of("op", "layer_norm", "variant", variant, "results", results, "upstream", "dy"),
        Map.of("dy", scope.of(new float[] {-3, 2})));
  }
}
