package dev.panorm.kernels;

/**
 * How the work of a kernel is cut for a kind of device; compiled in.
 *
 * @param localSize work-items of a work-group, {@code LS}
 * @param vectorWidth elements of a vector, {@code VW}
 * @param aligned whether runs are whole vectors and every array of the data starts at a multiple of
 *     a vector, {@code ALN}: then no vector needs a check
 * @param streaming whether results bypass the cache, {@code NT}: faster where they do not fit it
 */
public record LaunchShape(int localSize, int vectorWidth, boolean aligned, boolean streaming) {}
