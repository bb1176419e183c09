/**
 * Kernels in OpenCL through JOCL, on a GPU or on the CPU.
 *
 * <p>{@code OpenClBackend} is the rung; {@code ClRuntime} finds the device, {@code ClContext} owns
 * everything that lives on it, {@code ClCall} is one operation, and the {@code Cl...Norm} classes
 * say which kernels an operation launches. Only classes that start with {@code Cl} name JOCL, so
 * that the rung can say no on a machine that cannot load it.
 */
@NullMarked
package dev.panorm.internal.backend.opencl;

import org.jspecify.annotations.NullMarked;
