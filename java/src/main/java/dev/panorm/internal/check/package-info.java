/**
 * Checks of arguments, done once in the public operations, and holding memory while kernels run.
 */
@NullMarked
package dev.panorm.internal.check;

import org.jspecify.annotations.NullMarked;
