/**
 * OpenCL kernel sources: what there is, how it may be compiled, and the text to compile. The
 * derivation of each formula lies beside the sources, in the folder {@code docs}.
 */
@NullMarked
package dev.panorm.kernels;

import org.jspecify.annotations.NullMarked;
