/**
 * Scalar mathematics, matrix products cut into parts, and small tools that the CPU backends share.
 */
@NullMarked
package dev.panorm.internal.backend.cpu;

import org.jspecify.annotations.NullMarked;
