/**
 * Panorm beside other libraries: the same cases on the same memory, alternating in one process, and
 * what is made of the times.
 *
 * <p>A library takes part as a {@link dev.panorm.bench.compare.Contender}, found as a service.
 */
@NullMarked
package dev.panorm.bench.compare;

import org.jspecify.annotations.NullMarked;
