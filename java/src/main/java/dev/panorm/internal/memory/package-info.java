/**
 * Off-heap memory below the tensor: one pool of reusable blocks and the view of all memory that
 * kernels address.
 */
@NullMarked
package dev.panorm.internal.memory;

import org.jspecify.annotations.NullMarked;
