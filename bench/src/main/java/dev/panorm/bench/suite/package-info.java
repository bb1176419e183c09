/** {@code panorm bench}: suites of JMH benchmarks, run and reported as one. */
@NullMarked
package dev.panorm.bench.suite;

import org.jspecify.annotations.NullMarked;
