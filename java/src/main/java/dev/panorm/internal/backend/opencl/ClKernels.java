package dev.panorm.internal.backend.opencl;

import dev.panorm.kernels.LaunchShape;
import java.util.Map;

/**
 * The kernels of one variant of a program.
 *
 * @param program name of the program
 * @param options its compile-time options
 * @param shape how it is cut for the device
 */
record ClKernels(String program, Map<String, Integer> options, LaunchShape shape) {}
