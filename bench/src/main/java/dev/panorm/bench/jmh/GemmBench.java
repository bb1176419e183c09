package dev.panorm.bench.jmh;

import dev.panorm.DType;
import dev.panorm.Panorm;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.backend.BackendReport;
import dev.panorm.backend.Backends;
import dev.panorm.ops.LinearAlgebra;
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
 * float32 products of n x n matrices through the public API. The line to hold is C's, printed by
 * {@code bench/src/c/gemm_peer.sh}; run both on an idle machine, one right after the other, with
 * {@code -Dpanorm.threads=1}.
 */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class GemmBench {

  private static final System.Logger LOG = System.getLogger(GemmBench.class.getName());
  private static final long SEED = 20_251_125;
  private static final int SAMPLES = 100;

  @Param({"16", "32", "256", "512", "1024", "2048"})
  private int n;

  @Param({"openblas", "vector"})
  private String backend;

  private final Scope scope = Scope.open();
  private Tensor a;
  private Tensor b;
  private Tensor c;

  /** Called by JMH. */
  public GemmBench() {}

  /** Draws the matrices, checks one product and says what runs. */
  @Setup
  public void prepare() {
    Backends.force(backend, "reference");
    Random random = new Random(SEED);
    a = matrix(random);
    b = matrix(random);
    c = scope.empty(DType.FLOAT32, n, n);
    product();
    check();
    BackendReport report = Backends.report();
    report.rungs().stream()
        .filter(rung -> rung.name().equals(backend))
        .forEach(
            rung ->
                LOG.log(
                    System.Logger.Level.INFO,
                    "{0}, {1} threads, {2}",
                    rung.name(),
                    Panorm.threads(),
                    rung.details()));
  }

  /** c = a · b. */
  @Benchmark
  public void product() {
    LinearAlgebra.mm(false, false, a, b, c);
  }

  /** Gives the memory back. */
  @TearDown
  public void close() {
    scope.close();
  }

  private Tensor matrix(Random random) {
    Tensor matrix = scope.empty(DType.FLOAT32, n, n);
    matrix.copyFrom(random.doubles((long) n * n, -1, 1).toArray());
    return matrix;
  }

  /** Any order of n products, each rounded once: n · 2^-24 times the sum of their magnitudes. */
  private void check() {
    for (int sample = 0; sample < SAMPLES; sample++) {
      long i = sample * 7919L % n;
      long j = sample * 104_729L % n;
      double sum = 0;
      double magnitude = 0;
      for (long p = 0; p < n; p++) {
        double product = a.get(i * n + p) * b.get(p * n + j);
        sum += product;
        magnitude += Math.abs(product);
      }
      double error = Math.abs(c.get(i * n + j) - sum);
      if (!(error <= n * 0x1p-24 * magnitude)) {
        throw new IllegalStateException(
            "gemm: " + backend + " is wrong for n = " + n + " by " + error);
      }
    }
  }
}
