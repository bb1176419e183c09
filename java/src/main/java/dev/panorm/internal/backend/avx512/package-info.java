/** Matrix products of float32 in C, for processors with AVX-512. */
@NullMarked
package dev.panorm.internal.backend.avx512;

import org.jspecify.annotations.NullMarked;
