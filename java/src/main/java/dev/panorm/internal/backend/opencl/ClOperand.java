package dev.panorm.internal.backend.opencl;

import org.jocl.cl_mem;
import org.jspecify.annotations.Nullable;

/**
 * One array during one call.
 *
 * @param buffer the device's memory, null where the kernel gets the host's address itself
 * @param address the host's address, where there is no buffer
 */
record ClOperand(@Nullable cl_mem buffer, long address) {}
