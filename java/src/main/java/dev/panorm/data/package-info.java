/** Data sets in memory: where they come from, how they are scaled, and how they come in batches. */
@NullMarked
package dev.panorm.data;

import org.jspecify.annotations.NullMarked;
