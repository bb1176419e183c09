/**
 * Regularizers: penalties that join the loss, constraints that follow the step, and noise. They
 * work on variables and tensors; modules that drop in training are in {@code dev.panorm.nn}.
 */
@NullMarked
package dev.panorm.regularize;

import org.jspecify.annotations.NullMarked;
