package dev.panorm.bench.jmh;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import dev.panorm.ops.Elementwise;
import dev.panorm.ops.NormSpec;
import dev.panorm.ops.Norms;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One call on a row of 64 float32 numbers: what checks, selection and dispatch cost, since the
 * kernel itself takes about 20 ns.
 */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class SmallBench {

  private static final long LENGTH = 64;

  private final Scope scope = Scope.open();
  private final NormSpec spec = NormSpec.layerNorm(LENGTH);
  private Tensor x;
  private Tensor y;
  private Affine affine;

  /** Called by JMH. */
  public SmallBench() {}

  /** Allocates the row. */
  @Setup
  public void prepare() {
    x = scope.empty(DType.FLOAT32, 1, LENGTH);
    x.fill(i -> Math.sin((double) i));
    y = scope.emptyLike(x);
    affine = new Affine(scope.ones(DType.FLOAT32, LENGTH), scope.zeros(DType.FLOAT32, LENGTH));
  }

  /** LayerNorm forward without saved statistics. */
  @Benchmark
  public void layerNorm() {
    Norms.forward(spec, x, affine, y, null);
  }

  /** y := 2 x, the simplest call there is. */
  @Benchmark
  public void scale() {
    Elementwise.axpby(2, x, 0, y);
  }

  /** Gives the memory back. */
  @TearDown
  public void close() {
    scope.close();
  }
}
