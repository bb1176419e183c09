/** CLBlast: matrix products on an OpenCL device. */
@NullMarked
package dev.panorm.ffi.clblast;

import org.jspecify.annotations.NullMarked;
