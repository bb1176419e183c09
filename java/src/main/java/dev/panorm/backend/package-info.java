/**
 * What can do the work: backends, what they support, why they decline, and which one serves a
 * request.
 *
 * <p>A {@link dev.panorm.backend.Backend} offers kernels for families of operations. {@link
 * dev.panorm.backend.Backends} holds them in order, finds the first that supports a request and
 * reports every refusal. Backends are found with {@link java.util.ServiceLoader}, so a jar may add
 * one. Kernels never check arguments: {@code dev.panorm.ops} does, once.
 */
@NullMarked
package dev.panorm.backend;

import org.jspecify.annotations.NullMarked;
