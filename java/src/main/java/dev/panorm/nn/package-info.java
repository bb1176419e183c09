/** Modules: layers with parameters, put together to networks; names and defaults are PyTorch's. */
@NullMarked
package dev.panorm.nn;

import org.jspecify.annotations.NullMarked;
