/** The catalog of OpenCL kernels: names, sources and legal build options. */
@NullMarked
package dev.panorm.kernels;

import org.jspecify.annotations.NullMarked;
