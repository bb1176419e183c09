package dev.panorm.internal.backend.vector;

import dev.panorm.ffi.streaming.StreamingKernels;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * Applies a function to runs of elements; addresses are absolute, lengths in elements. Where there
 * is a C compiler the loops are those in C, with the same bits: what the JIT makes of these keeps
 * its vectors on the Java heap in one process of two, and which loops do is chance.
 */
interface MapLoop {

  /**
   * Returns the loops of a function.
   *
   * @param name its name in C
   * @param function the function on the Vector API
   */
  static MapLoop of(String name, MapFunction function) {
    return of(name, new MapFunction.Stages(null, function));
  }

  /** As {@link #of(String, MapFunction)}, of a function in two stages. */
  static MapLoop of(String name, MapFunction.Stages function) {
    return of(name, () -> onVectors(function));
  }

  /** As {@link #of(String, MapFunction)}, where the loops on the Vector API are given. */
  static MapLoop of(String name, Supplier<MapLoop> onVectors) {
    return Streaming.AVAILABLE ? new LoopInC(name) : onVectors.get();
  }

  /** Returns the loops of a function on the Vector API. */
  static MapLoop onVectors(MapFunction.Stages function) {
    return new MapRuns(Specialized.copy(MapLoopTemplate.class, MapLoop.class, function));
  }

  /**
   * Returns the loops of each function of a family.
   *
   * @param loops those of a function and its name in C, its name here in small letters
   */
  static <E extends Enum<E>> Map<E, MapLoop> table(
      Class<E> family, BiFunction<String, E, MapLoop> loops) {
    Map<E, MapLoop> table = new EnumMap<>(family);
    for (E member : family.getEnumConstants()) {
      table.put(member, loops.apply(member.name().toLowerCase(Locale.ROOT), member));
    }
    return table;
  }

  /** y = f(x); y may be x. */
  void one(long x, long y, int length, float p, float q);

  /** y = f(a, b); y may be either. */
  void two(long a, long b, long y, int length, float p, float q);

  /** y = f(a, b) with the same a for all. */
  void firstRepeats(long a, long b, long y, int length, float p, float q);

  /** y = f(a, b) with the same b for all. */
  void secondRepeats(long a, long b, long y, int length, float p, float q);

  /**
   * Returns the loops whose results go past the caches, if there are such; y is no operand then,
   * and other threads see it once {@link StreamingKernels#fence} was called.
   */
  default MapLoop pastCaches() {
    return this;
  }
}
