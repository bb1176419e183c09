package dev.panorm.bench.suite;

import dev.panorm.DType;
import dev.panorm.Panorm;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import dev.panorm.backend.Backends;
import dev.panorm.backend.DeviceClock;
import dev.panorm.backend.NormStats;
import dev.panorm.backend.Operation;
import dev.panorm.bench.print.Table;
import dev.panorm.ops.NormSpec;
import dev.panorm.ops.Norms;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.regex.Pattern;

/**
 * The kernels of a device by its own clock, each beside a copy of as many bytes in the same round.
 *
 * <p>The vector backend runs beside it, by the clock on the wall. Only the bytes that cannot be
 * avoided count: x and y forward, in training and inference ({@code eval}); x, dy and dx backward.
 * A copy moves as many bytes from one half of as much memory to the other, so that what stays in a
 * cache between two rounds is as much for both. The result is compared with the reference before
 * anything is timed.
 */
final class DeviceSuite {

  private static final String BACKEND = "opencl";

  /** What is measured beside it, on the same tensors. */
  private static final String BESIDE = "vector";

  /** Nanoseconds of calls before any is timed by the clock on the wall: the JIT's. */
  private static final long WARM_UP = 300_000_000;

  private static final double LARGEST_ERROR = 1e-6;

  private final PrintWriter out;
  private final int rounds;
  private final boolean quick;
  private final List<Map<String, Object>> measured = new ArrayList<>();
  private final Table table =
      new Table(
          "operation",
          "dir",
          "layout",
          "shape",
          "device us",
          "wall us",
          "GB/s",
          "of copy",
          "vector us",
          "error");
  private final Table kernels = new Table("operation", "layout", "shape", "kernel", "device us");

  private DeviceSuite(PrintWriter out, boolean quick) {
    this.out = out;
    this.quick = quick;
    this.rounds = quick ? 4 : 15;
  }

  /**
   * Measures the cases that a pattern matches, prints the tables and returns one object per
   * measurement.
   */
  static List<Map<String, Object>> run(
      PrintWriter out, boolean quick, boolean large, String cases) {
    Backends.force(BACKEND);
    try {
      DeviceSuite suite = new DeviceSuite(out, quick);
      Pattern wanted = Pattern.compile(cases);
      DeviceCase.all(quick, large).stream()
          .filter(norm -> wanted.matcher(norm.toString()).find())
          .forEach(suite::measure);
      suite.kernels.print(out);
      suite.table.print(out);
      suite.measured.addAll(DeviceProducts.run(out, quick, large, wanted));
      return suite.measured;
    } finally {
      Backends.force();
    }
  }

  /**
   * One way to call a norm.
   *
   * @param name as the table writes it
   * @param floor what moves as many bytes
   * @param work the call
   * @param result what the call writes
   * @param device times by the device's clock
   */
  private record Way(String name, Floor floor, Runnable work, Tensor result, Times device) {}

  private void measure(DeviceCase norm) {
    out.println(norm);
    out.flush();
    try (Scope scope = Scope.open()) {
      Work work = new Work(scope, norm);
      List<Way> ways = ways(norm, work);
      double[] errors = ways.stream().mapToDouble(way -> error(norm, way)).toArray();
      Map<String, Times> parts = new LinkedHashMap<>();
      // Copies and norms by turns, so that none finds what it works on in a cache.
      for (int turn = -2; turn < 2 * rounds; turn++) {
        for (Way way : ways) {
          way.floor().measure(turn, work.clock);
          way.device().add(turn, total(work.clock.time(way.work()), way.name(), turn, parts));
        }
      }
      parts.forEach(
          (kernel, times) ->
              kernels.add(
                  norm.op(),
                  norm.layout(),
                  norm.sizes(),
                  kernel,
                  number("%.1f", times.median() / 1e3)));
      for (int i = 0; i < errors.length; i++) {
        report(norm, ways.get(i), errors[i]);
      }
    }
  }

  private List<Way> ways(DeviceCase norm, Work work) {
    List<Way> ways = new ArrayList<>();
    ways.add(way("fwd", 2, work::forward, work.y, work));
    if (norm.spec().kind() == NormSpec.Kind.BATCH) {
      ways.add(way("eval", 2, work::infer, work.y, work));
    }
    ways.add(way("bwd", 3, work::backward, work.dx, work));
    return ways;
  }

  /** A way that must read or write so many arrays of the data's size. */
  private Way way(String name, int passes, Runnable call, Tensor result, Work work) {
    long half = passes * work.x.elements() / 2;
    Floor floor = new Floor(work.from.slice(0, half), work.to.slice(0, half), rounds);
    return new Way(name, floor, call, result, new Times(2 * rounds));
  }

  /** Largest difference from what the reference writes into the same tensor, scaled. */
  private double error(DeviceCase norm, Way way) {
    way.work().run();
    if (quick) {
      return 0;
    }
    double[] got = way.result().toDoubleArray();
    Backends.force("reference");
    way.work().run();
    Backends.force(BACKEND);
    double[] expected = way.result().toDoubleArray();
    double largest = 0;
    double worst = 0;
    for (int i = 0; i < got.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      worst = Math.max(worst, Math.abs(expected[i] - got[i]));
    }
    double error = worst / largest;
    if (!(error <= LARGEST_ERROR)) {
      throw new IllegalStateException(norm + " " + way.name() + " is off by " + error);
    }
    return error;
  }

  /** Returns the time of all kernels of a call, and keeps each one's. */
  private long total(Map<String, Long> byKernel, String way, int turn, Map<String, Times> parts) {
    byKernel.forEach(
        (kernel, time) ->
            parts
                .computeIfAbsent(way + " " + kernel, name -> new Times(2 * rounds))
                .add(turn, time));
    return byKernel.values().stream().mapToLong(Long::longValue).sum();
  }

  private void report(DeviceCase norm, Way way, double error) {
    Times wall = wall(way.work());
    Backends.force(BESIDE);
    Times beside = wall(way.work());
    Backends.force(BACKEND);
    Times device = way.device();
    double perNanosecond = way.floor().bytes() / device.median();
    double ofFloor = way.floor().median() / device.median();
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("op", norm.op());
    row.put("direction", way.name());
    row.put("layout", norm.layout());
    row.put("shape", norm.sizes());
    row.put("dtype", DType.FLOAT32.toString());
    row.put("threads", Panorm.threads());
    row.put("impl", "panorm-" + BACKEND);
    row.put("backend", BACKEND);
    row.put("median_us", device.median() / 1e3);
    row.put("wall_us", wall.median() / 1e3);
    row.put("vector_us", beside.median() / 1e3);
    row.put("gbps", perNanosecond);
    row.put("floor_ratio", ofFloor);
    row.put("max_error", error);
    measured.add(row);
    table.add(
        norm.op(),
        way.name(),
        norm.layout(),
        norm.sizes(),
        number("%.1f", device.median() / 1e3),
        number("%.1f", wall.median() / 1e3),
        number("%.1f", perNanosecond),
        number("%.2f", ofFloor),
        number("%.1f", beside.median() / 1e3),
        number("%.1e", error));
  }

  /** Times of calls by the clock on the wall. */
  private Times wall(Runnable work) {
    Times wall = new Times(rounds);
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < WARM_UP) {
      work.run();
    }
    for (int round = 0; round < rounds; round++) {
      long start = System.nanoTime();
      work.run();
      wall.add(round, System.nanoTime() - start);
    }
    return wall;
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  /** Nanoseconds of rounds; those before round 0 warm up. */
  static final class Times {

    private final double[] nanoseconds;

    Times(int rounds) {
      nanoseconds = new double[rounds];
    }

    void add(int round, long value) {
      if (round >= 0) {
        nanoseconds[round] = value;
      }
    }

    double median() {
      double[] sorted = nanoseconds.clone();
      Arrays.sort(sorted);
      return sorted[sorted.length / 2];
    }
  }

  /** Copies of as many bytes as a norm must move: with plain stores, and past the caches. */
  private static final class Floor {

    private final Tensor from;
    private final Tensor to;
    private final Times plain;
    private final Times streamed;

    Floor(Tensor from, Tensor to, int rounds) {
      this.from = from;
      this.to = to;
      this.plain = new Times(rounds);
      this.streamed = new Times(rounds);
    }

    /** Copies one way in even turns, the other way in odd ones. */
    void measure(int turn, DeviceClock clock) {
      boolean streaming = turn % 2 != 0;
      Times times = streaming ? streamed : plain;
      times.add(Math.floorDiv(turn, 2), clock.copy(from, to, streaming));
    }

    long bytes() {
      return from.byteSize() + to.byteSize();
    }

    /** Nanoseconds of the faster way. */
    double median() {
      return Math.min(plain.median(), streamed.median());
    }
  }

  /** The tensors of a case. */
  private static final class Work {

    private final DeviceCase norm;
    private final DeviceClock clock;
    private final Tensor x;
    private final Tensor dy;
    private final Tensor y;
    private final Tensor dx;
    private final Affine affine;
    private final Affine gradient;
    private final Tensor mean;
    private final Tensor variance;
    private final NormStats saved;
    private final Scope scope;

    /** For copies of as many bytes as backward moves. */
    private final Tensor from;

    private final Tensor to;

    Work(Scope scope, DeviceCase norm) {
      this.scope = scope;
      this.norm = norm;
      SplittableRandom random = new SplittableRandom(7);
      x = random(random, norm.shape(), 0.5);
      dy = random(random, norm.shape(), 0);
      y = scope.zeros(DType.FLOAT32, norm.shape());
      dx = scope.zeros(DType.FLOAT32, norm.shape());
      Shape parameters = Shape.of(norm.channels());
      affine = new Affine(random(random, parameters, 1), random(random, parameters, 0));
      gradient =
          new Affine(
              scope.zeros(DType.FLOAT32, parameters), scope.zeros(DType.FLOAT32, parameters));
      mean = random(random, parameters, 0.5);
      variance = scope.full(0.375, DType.FLOAT32, parameters);
      saved = Norms.stats(scope, norm.spec(), x);
      Shape half = Shape.of(3 * x.elements() / 2);
      from = random(random, half, 0);
      to = scope.zeros(DType.FLOAT32, half);
      clock =
          Objects.requireNonNull(
              Backends.select(Operation.NORM, DType.FLOAT32, x.elements()).deviceClock());
    }

    private Tensor random(SplittableRandom random, Shape shape, double mean) {
      float[] values = new float[Math.toIntExact(shape.elements())];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (mean + 1.5 * (random.nextDouble() + random.nextDouble() - 1));
      }
      Tensor tensor = scope.empty(DType.FLOAT32, shape);
      tensor.copyFrom(values);
      return tensor;
    }

    /** Waits for the result, since a device with memory of its own only takes the order. */
    void forward() {
      Norms.forward(norm.spec(), x, affine, y, saved);
      clock.finish();
    }

    void infer() {
      Norms.frozenForward(norm.spec(), x, null, affine, mean, variance, y, null);
      clock.finish();
    }

    void backward() {
      Norms.backward(norm.spec(), x, affine, saved, dy, dx, gradient);
      clock.finish();
    }
  }
}
