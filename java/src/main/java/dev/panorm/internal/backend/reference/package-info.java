/** Plain loops with float64 accumulation on one thread: the oracle, and the last rung. */
@NullMarked
package dev.panorm.internal.backend.reference;

import org.jspecify.annotations.NullMarked;
