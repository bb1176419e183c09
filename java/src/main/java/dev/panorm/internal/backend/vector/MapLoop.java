package dev.panorm.internal.backend.vector;

import java.util.EnumMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Applies a function to runs of whole vectors; addresses are absolute, lengths in elements. {@link
 * MapRuns} has them for any length.
 */
interface MapLoop {

  /** Returns the loops of a function. */
  static MapLoop of(MapFunction function) {
    return of(new MapFunction.Stages(null, function));
  }

  /** Returns the loops of a function in two stages. */
  static MapLoop of(MapFunction.Stages function) {
    return Specialized.copy(MapLoopTemplate.class, MapLoop.class, function);
  }

  /** Returns the loops of each function of a family. */
  static <E extends Enum<E>> Map<E, MapLoop> table(Class<E> family, Function<E, MapLoop> loops) {
    Map<E, MapLoop> table = new EnumMap<>(family);
    for (E member : family.getEnumConstants()) {
      table.put(member, loops.apply(member));
    }
    return table;
  }

  /** y = f(x); y may be x. */
  void one(long x, long y, int length, float p, float q);

  /** y = f(a, b); y may be either. */
  void two(long a, long b, long y, int length, float p, float q);

  /** y = f(a, b) with the same a for all. */
  void firstRepeats(float a, long b, long y, int length, float p, float q);

  /** y = f(a, b) with the same b for all. */
  void secondRepeats(long a, float b, long y, int length, float p, float q);
}
