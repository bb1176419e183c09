/**
 * The vocabulary of Panorm: tensors on off-heap memory, their shapes, types and scopes.
 *
 * <p>A {@link dev.panorm.Tensor} is a {@link dev.panorm.Shape}, a {@link dev.panorm.DType} and a
 * run of off-heap memory. It is born in a {@link dev.panorm.Scope} and dies with it, or it wraps
 * memory that the user owns. Mathematics lives in {@code dev.panorm.ops}.
 */
@NullMarked
package dev.panorm;

import org.jspecify.annotations.NullMarked;
