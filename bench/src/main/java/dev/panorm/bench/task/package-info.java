/** What benchmarks measure: operations on memory of their own, whoever does them. */
@NullMarked
package dev.panorm.bench.task;

import org.jspecify.annotations.NullMarked;
