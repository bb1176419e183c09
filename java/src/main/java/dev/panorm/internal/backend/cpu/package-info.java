/** Scalar mathematics and small tools that the CPU backends share. */
@NullMarked
package dev.panorm.internal.backend.cpu;

import org.jspecify.annotations.NullMarked;
