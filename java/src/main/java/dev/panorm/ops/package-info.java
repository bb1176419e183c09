/**
 * Pure functions on tensors, forward and backward, without a graph.
 *
 * <p>Every function checks its arguments once, before anything is written, asks {@link
 * dev.panorm.backend.Backends} for a backend that serves the request, and calls its kernel.
 * Functions that take their outputs allocate nothing; those that take a {@link dev.panorm.Scope}
 * allocate their results there.
 */
@NullMarked
package dev.panorm.ops;

import org.jspecify.annotations.NullMarked;
