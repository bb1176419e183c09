package dev.panorm.bench.suite;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.backend.Backend;
import dev.panorm.backend.Backends;
import dev.panorm.backend.DeviceClock;
import dev.panorm.backend.Operation;
import dev.panorm.bench.print.Table;
import dev.panorm.ops.LinearAlgebra;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.regex.Pattern;

/**
 * Matrix products on a device, by its own clock: float32, n x n. Some rows of each result are
 * compared with the reference before anything is timed.
 */
final class DeviceProducts {

  private static final String OPERATION = "gemm";
  private static final long[] SIZES = {1024, 2048, 4096};
  private static final int QUICK_ROUNDS = 3;
  private static final int ROUNDS = 11;

  /**
   * The numbers are not negative, so an element of n products is off by n + 1 roundings, and the
   * reference by one.
   */
  private static final double ROUNDING = 0x1p-24;

  private final String kernels;
  private final int rounds;
  private final DeviceClock clock;
  private final List<Map<String, Object>> measured = new ArrayList<>();
  private final Table table =
      new Table("operation", "n", "kernels", "device us", "GFLOP/s", "error");

  private DeviceProducts(Backend backend, int rounds) {
    this.kernels = backend.details().getOrDefault(OPERATION, "");
    this.clock = Objects.requireNonNull(backend.deviceClock());
    this.rounds = rounds;
  }

  /**
   * Measures the sizes that a pattern matches on a device that multiplies itself; elsewhere says
   * who does. Returns one object per measurement.
   *
   * @param large whether to take more than the smallest size
   */
  static List<Map<String, Object>> run(
      PrintWriter out, boolean quick, boolean large, Pattern wanted) {
    Backend backend = Backends.select(Operation.GEMM, DType.FLOAT32, SIZES[0] * SIZES[0]);
    String served = backend.details().getOrDefault(OPERATION, "");
    if (!served.startsWith("on the device")) {
      out.println(OPERATION + ": " + served + ", so there is nothing to measure on the device");
      return List.of();
    }
    DeviceProducts products = new DeviceProducts(backend, quick ? QUICK_ROUNDS : ROUNDS);
    for (long n : SIZES) {
      if ((large || n == SIZES[0]) && wanted.matcher(OPERATION + " " + sizes(n)).find()) {
        out.println(OPERATION + " " + sizes(n));
        out.flush();
        products.measure(n);
      }
    }
    products.table.print(out);
    return products.measured;
  }

  private static String sizes(long n) {
    return n + "x" + n + "x" + n;
  }

  private void measure(long n) {
    try (Scope scope = Scope.open()) {
      SplittableRandom random = new SplittableRandom(7);
      Tensor a = random(scope, random, n);
      Tensor b = random(scope, random, n);
      Tensor c = scope.zeros(DType.FLOAT32, a.shape());
      LinearAlgebra.mm(false, false, a, b, c);
      double error = error(a, b, c);
      if (!(error <= (n + 2) * ROUNDING)) {
        throw new IllegalStateException(OPERATION + " " + sizes(n) + " is off by " + error);
      }
      DeviceSuite.Times times = new DeviceSuite.Times(rounds);
      for (int round = -2; round < rounds; round++) {
        times.add(
            round,
            clock.time(() -> LinearAlgebra.mm(false, false, a, b, c)).values().stream()
                .mapToLong(Long::longValue)
                .sum());
      }
      report(n, times.median(), error);
    }
  }

  private static Tensor random(Scope scope, SplittableRandom random, long n) {
    float[] values = new float[Math.toIntExact(n * n)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble();
    }
    Tensor tensor = scope.empty(DType.FLOAT32, n, n);
    tensor.copyFrom(values);
    return tensor;
  }

  /** Largest relative error of the first, a middle and the last row. */
  private static double error(Tensor a, Tensor b, Tensor c) {
    List<String> forced = Backends.forced();
    Backends.force("reference");
    try (Scope scope = Scope.open()) {
      long n = a.dim(0);
      Tensor expected = scope.empty(DType.FLOAT32, 1, n);
      double worst = 0;
      for (long row : new long[] {0, n / 2 + 1, n - 1}) {
        LinearAlgebra.mm(false, false, a.slice(row, row + 1), b, expected);
        float[] want = expected.toFloatArray();
        float[] got = c.slice(row, row + 1).toFloatArray();
        for (int j = 0; j < want.length; j++) {
          worst = Math.max(worst, Math.abs((double) got[j] - want[j]) / want[j]);
        }
      }
      return worst;
    } finally {
      Backends.force(forced.toArray(String[]::new));
    }
  }

  private void report(long n, double nanoseconds, double error) {
    double gigaflops = 2.0 * n * n * n / nanoseconds;
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("op", OPERATION);
    row.put("direction", "fwd");
    row.put("layout", "NC");
    row.put("shape", sizes(n));
    row.put("dtype", DType.FLOAT32.toString());
    row.put("impl", "panorm-opencl");
    row.put("kernels", kernels);
    row.put("median_us", nanoseconds / 1e3);
    row.put("gflops", gigaflops);
    row.put("max_error", error);
    measured.add(row);
    table.add(
        OPERATION,
        Long.toString(n),
        kernels.contains("CLBlast:") ? "clblast" : "tiles",
        String.format(Locale.ROOT, "%.1f", nanoseconds / 1e3),
        String.format(Locale.ROOT, "%.0f", gigaflops),
        String.format(Locale.ROOT, "%.1e", error));
  }
}
