/** Results that go past the caches: C kernels with non-temporal stores. */
@NullMarked
package dev.panorm.ffi.streaming;

import org.jspecify.annotations.NullMarked;
