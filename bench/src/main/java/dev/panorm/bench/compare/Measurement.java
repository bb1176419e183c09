package dev.panorm.bench.compare;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What was measured of one contender in one case.
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
 * @param gbps bytes that cannot be avoided, in GB/s
 * @param floorRatio these over those of the fastest copy of the same data in the same rounds
 * @param maxError largest difference from the reference over the largest magnitude
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
    double gbps,
    double floorRatio,
    double maxError)
    implements Serializable {

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
    map.put("gbps", gbps);
    map.put("floor_ratio", floorRatio);
    map.put("max_error", maxError);
    return map;
  }

  /** Returns what one row of times has in common. */
  String group() {
    return String.join(" ", op, direction, layout, shape, dtype, Integer.toString(threads));
  }
}
