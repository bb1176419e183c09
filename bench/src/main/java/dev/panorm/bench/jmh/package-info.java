/** Microbenchmarks, run by {@code panorm jmh}. */
@NullMarked
package dev.panorm.bench.jmh;

import org.jspecify.annotations.NullMarked;
