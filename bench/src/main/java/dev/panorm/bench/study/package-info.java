/**
 * {@code panorm study}: trains the same network once per norm and shows what the norm does to it.
 *
 * <p>{@link dev.panorm.bench.study.Network} says which network, {@link
 * dev.panorm.bench.study.Training} trains it, {@link dev.panorm.bench.study.Result} is what came of
 * it.
 */
@NullMarked
package dev.panorm.bench.study;

import org.jspecify.annotations.NullMarked;
