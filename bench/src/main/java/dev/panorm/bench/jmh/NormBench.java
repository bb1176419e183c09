package dev.panorm.bench.jmh;

import dev.panorm.DType;
import dev.panorm.Panorm;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import dev.panorm.backend.Backends;
import dev.panorm.backend.NormStats;
import dev.panorm.ops.NormSpec;
import dev.panorm.ops.Norms;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The norm family in float32 through the public API, beside a copy of the same data: forward moves
 * the bytes of one copy, backward those of one and a half, so that their times over the copy's say
 * how near the floor they are. Run it on an idle machine, with {@code -Dpanorm.threads=1} for one
 * thread and {@code -prof gc} for the Java heap.
 */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class NormBench {

  private static final System.Logger LOG = System.getLogger(NormBench.class.getName());
  private static final long SEED = 20_251_126;

  /** As the goldens': a few roundings of 2^-24 and float32 partial sums. */
  private static final double BOUND = 1e-6;

  private static final int COPIES = 20;

  @Param({
    "layer 256x768",
    "layer 4096x768",
    "layer 1024x4096",
    "layer 8192x1600",
    "rms 2048x4096",
    "batch 1024x1024",
    "batch 32x64x56x56 nchw",
    "batch 32x64x56x56 nhwc",
    "batch 32x512x28x28 nchw",
    "batch 32x512x28x28 nhwc",
    "batch 32x2048x7x7 nchw",
    "batch 32x2048x7x7 nhwc",
    "group 2x320x64x64 nchw",
    "group 2x320x64x64 nhwc",
    "group 2x1280x16x16 nchw",
    "group 2x1280x16x16 nhwc",
    "group 8x256x56x56 nchw",
    "group 8x256x56x56 nhwc"
  })
  private String norm;

  @Param("vector")
  private String backend;

  private final Scope scope = Scope.open();
  private NormSpec spec;
  private Tensor x;
  private Tensor y;
  private Tensor dy;
  private Tensor dx;
  private Affine affine;
  private Affine gradient;
  private NormStats saved;

  /** Called by JMH. */
  public NormBench() {}

  /** Draws the data, compares the results with the reference's and says what runs. */
  @Setup
  public void prepare() {
    NormGeometry geometry = NormGeometry.parse(norm);
    spec = geometry.spec();
    Random random = new Random(SEED);
    x = drawn(random, geometry.shape());
    dy = drawn(random, geometry.shape());
    Shape channels = Shape.of(geometry.channels());
    affine = new Affine(drawn(random, channels), drawn(random, channels));
    gradient =
        new Affine(scope.empty(DType.FLOAT32, channels), scope.empty(DType.FLOAT32, channels));
    y = scope.emptyLike(x);
    dx = scope.emptyLike(x);
    saved = Norms.stats(scope, spec, x);
    check();
    Backends.force(backend);
    forward();
    report();
  }

  /** y = norm(x), with the statistics that backward needs. */
  @Benchmark
  public void forward() {
    Norms.forward(spec, x, affine, y, saved);
  }

  /** The gradients of x, weight and bias. */
  @Benchmark
  public void backward() {
    Norms.backward(spec, x, affine, saved, dy, dx, gradient);
  }

  /** The floor: y := x. */
  @Benchmark
  public void copy() {
    y.copyFrom(x);
  }

  /** Gives the memory back. */
  @TearDown
  public void close() {
    scope.close();
  }

  private Tensor drawn(Random random, Shape shape) {
    Tensor tensor = scope.empty(DType.FLOAT32, shape);
    tensor.copyFrom(random.doubles(tensor.elements(), -1, 1).toArray());
    return tensor;
  }

  private void check() {
    Backends.force("reference");
    forward();
    backward();
    float[] expectedY = y.toFloatArray();
    float[] expectedDx = dx.toFloatArray();
    Backends.force(backend);
    forward();
    backward();
    compare("y", expectedY, y.toFloatArray());
    compare("dx", expectedDx, dx.toFloatArray());
  }

  private void compare(String name, float[] expected, float[] got) {
    double largest = 0;
    double error = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      error = Math.max(error, Math.abs((double) got[i] - expected[i]));
    }
    if (!(error <= BOUND * largest)) {
      throw new IllegalStateException(
          norm + " on " + backend + ": " + name + " is wrong by " + error + " of " + largest);
    }
  }

  private void report() {
    long best = Long.MAX_VALUE;
    for (int i = 0; i < COPIES; i++) {
      long start = System.nanoTime();
      copy();
      best = Math.min(best, System.nanoTime() - start);
    }
    LOG.log(
        System.Logger.Level.INFO,
        "{0}: {1}, {2} threads, {3}; a copy moves {4} GB/s",
        norm,
        backend,
        Panorm.threads(),
        Backends.report().rungs().stream()
            .filter(rung -> rung.name().equals(backend))
            .map(rung -> rung.details().toString())
            .findFirst()
            .orElse(""),
        2.0 * x.byteSize() / best);
  }
}
