/** Norms in C: results that go past the caches by non-temporal stores, and loops at every size. */
@NullMarked
package dev.panorm.ffi.streaming;

import org.jspecify.annotations.NullMarked;
