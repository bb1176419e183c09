package dev.panorm.backend;

/**
 * A dense tensor y of up to four dimensions, filled from elements of x at a fixed distance along
 * each: {@code y[i, j, k, l] = x[i · stride0 + j · stride1 + k · stride2 + l · stride3]}. A stride
 * of 0 repeats.
 *
 * @param size0 size of y's first dimension
 * @param size1 size of y's second
 * @param size2 size of y's third
 * @param size3 size of y's last
 * @param stride0 elements of x from index to index of the first
 * @param stride1 elements of x from index to index of the second
 * @param stride2 elements of x from index to index of the third
 * @param stride3 elements of x from index to index of the last
 */
public record CopyPlan(
    long size0,
    long size1,
    long size2,
    long size3,
    long stride0,
    long stride1,
    long stride2,
    long stride3) {}
