/** Finds, loads and calls native libraries: one method per C function. */
@NullMarked
package dev.panorm.ffi;

import org.jspecify.annotations.NullMarked;
