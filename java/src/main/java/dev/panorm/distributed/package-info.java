/**
 * The same training by several workers: each has its share of the batch, and they exchange
 * statistics and gradients.
 */
@NullMarked
package dev.panorm.distributed;

import org.jspecify.annotations.NullMarked;
