/** Kernels on the JDK's Vector API; only this package mentions it. */
@NullMarked
package dev.panorm.internal.backend.vector;

import org.jspecify.annotations.NullMarked;
