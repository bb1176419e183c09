package dev.panorm.bench.compare;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What was measured of one contender in one task.
 *
 * @param op name of the operation
 * @param direction what of it
 * @param layout of the data
 * @param shape its sizes
 * @param dtype its type
 * @param threads that the operation could use
 * @param impl the contender
 * @param backend which of its implementations served
 * @param medianUs median of the rounds, in microseconds per call
 * @param spread distance between the quartiles over the median
 * @param bytes that nobody can avoid to read or write, 0 where memory is not the limit
 * @param floorRatio these bytes per second over those of the fastest copy in the same rounds
 * @param maxError largest difference from the reference over the largest magnitude
 * @param overPanorm its time over that of Panorm in the same process
 * @param heapBytes allocated on the Java heap, per call
 * @param pages that the system had to hand out, per call
 */
public record Measurement(
    String op,
    String direction,
    String layout,
    String shape,
    String dtype,
    int threads,
    String impl,
    String backend,
    double medianUs,
    double spread,
    long bytes,
    double floorRatio,
    double maxError,
    double overPanorm,
    double heapBytes,
    double pages)
    implements Serializable {

  /** Returns the unavoidable bytes in GB/s. */
  double gbps() {
    return bytes == 0 ? Double.NaN : bytes / medianUs / 1e3;
  }

  /** Returns the fields that programs read. */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("op", op);
    map.put("direction", direction);
    map.put("layout", layout);
    map.put("shape", shape);
    map.put("dtype", dtype);
    map.put("threads", threads);
    map.put("impl", impl);
    map.put("backend", backend);
    map.put("median_us", medianUs);
    map.put("gbps", gbps());
    map.put("floor_ratio", floorRatio);
    map.put("max_error", maxError);
    return map;
  }

  /** Returns what one row of times has in common. */
  String group() {
    return String.join(" ", op, direction, layout, shape, dtype, Integer.toString(threads));
  }

  /** Returns whether it is Panorm's own. */
  boolean isOurs() {
    return impl.startsWith("panorm");
  }

  /** Returns whether it is the time of copying alone. */
  boolean isCopy() {
    return impl.startsWith("copy");
  }

  /** Returns whether it is another library's. */
  boolean isPeer() {
    return !isOurs() && !isCopy();
  }
}
