/** Matrix products and eigenvectors by OpenBLAS. */
@NullMarked
package dev.panorm.internal.backend.blas;

import org.jspecify.annotations.NullMarked;
