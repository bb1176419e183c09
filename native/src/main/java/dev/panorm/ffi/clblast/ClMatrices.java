package dev.panorm.ffi.clblast;

/**
 * Matrices of one operand in the memory of a device, stored by rows.
 *
 * @param buffer the native {@code cl_mem}
 * @param offset where the first begins, in elements
 * @param pitch elements from row to row
 * @param stride elements from matrix to matrix; without meaning where there is one
 */
public record ClMatrices(long buffer, long offset, long pitch, long stride) {}
