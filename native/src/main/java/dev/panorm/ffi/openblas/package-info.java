/** OpenBLAS: matrix products and symmetric eigenvalues on raw memory. */
@NullMarked
package dev.panorm.ffi.openblas;

import org.jspecify.annotations.NullMarked;
