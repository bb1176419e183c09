/** Tensors and the memory that they live in. */
@NullMarked
package dev.panorm;

import org.jspecify.annotations.NullMarked;
