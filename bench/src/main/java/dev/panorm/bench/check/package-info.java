/**
 * {@code panorm check}: cases with known results, run through the public API on the backends of
 * this machine.
 *
 * <p>A {@link dev.panorm.bench.check.Case} holds inputs and parameters; a runner per family of
 * operations computes its results; {@link dev.panorm.bench.check.Comparison} judges them by the
 * rule that {@link dev.panorm.bench.check.Rule} picks.
 */
@NullMarked
package dev.panorm.bench.check;

import org.jspecify.annotations.NullMarked;
