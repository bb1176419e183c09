package dev.panorm.bench.jmh;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.ops.Elementwise;
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

/** Copying tensors of several sizes: the floor under every operation that reads and writes once. */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class MemoryBench {

  private final Scope scope = Scope.open();

  /** Source and target together. */
  @Param({"64", "512", "1024", "4096", "16384", "65536", "262144"})
  private long workingSetKib;

  private Tensor x;
  private Tensor y;

  /** Called by JMH. */
  public MemoryBench() {}

  /** Allocates and touches both. */
  @Setup
  public void prepare() {
    x = scope.ones(DType.FLOAT32, workingSetKib * 1024 / 2 / Float.BYTES);
    y = scope.emptyLike(x);
    y.copyFrom(x);
  }

  /** y := x by the Java runtime's copy, in one thread. */
  @Benchmark
  public void copy() {
    y.copyFrom(x);
  }

  /** y := 2 x by the chosen backend, in as many threads as an operation has. */
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
