/**
 * Reverse-mode automatic differentiation: functions of {@link dev.panorm.autograd.Variable}s call
 * {@code dev.panorm.ops} and remember how to go back.
 */
@NullMarked
package dev.panorm.autograd;

import org.jspecify.annotations.NullMarked;
