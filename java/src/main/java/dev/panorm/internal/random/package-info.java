/** Random numbers that depend on a seed, a stream and an index alone. */
@NullMarked
package dev.panorm.internal.random;

import org.jspecify.annotations.NullMarked;
