package dev.panorm.ops;

import dev.panorm.Shape;
import org.jspecify.annotations.Nullable;

/**
 * Plans of the shapes that an operation met, so that a call with known shapes allocates nothing. A
 * fixed number of slots; a shape that falls on another's slot replaces it. Safe for threads: slots
 * hold immutable entries, and whoever reads an old one builds the plan again.
 */
final class PlanCache<P> {

  private static final int SLOTS = 256;

  private final Builder<P> builder;
  private final @Nullable Entry<P>[] entries = newEntries();

  PlanCache(Builder<P> builder) {
    this.builder = builder;
  }

  /** Makes a plan, or throws where the shapes do not fit; null where no plan can hold them. */
  @FunctionalInterface
  interface Builder<P> {
    @Nullable P build(String operation, Shape a, Shape b);
  }

  private record Entry<P>(Shape a, Shape b, @Nullable P plan) {}

  /** Returns the plan of two shapes, null if there is none. */
  @Nullable P get(String operation, Shape a, Shape b) {
    int hash = 31 * a.hashCode() + b.hashCode();
    int slot = (hash ^ (hash >>> 8) ^ (hash >>> 16)) & (SLOTS - 1);
    Entry<P> entry = entries[slot];
    if (entry == null || !entry.a.equals(a) || !entry.b.equals(b)) {
      entry = new Entry<>(a, b, builder.build(operation, a, b));
      entries[slot] = entry;
    }
    return entry.plan;
  }

  @SuppressWarnings({
    "unchecked",
    "rawtypes"
  }) // an array of a generic type cannot be created otherwise
  private static <P> @Nullable Entry<P>[] newEntries() {
    return new Entry[SLOTS];
  }
}
