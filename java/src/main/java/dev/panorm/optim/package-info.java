/** Optimizers with parameter groups; names and defaults are PyTorch's. */
@NullMarked
package dev.panorm.optim;

import org.jspecify.annotations.NullMarked;
