package dev.panorm;

/**
 * Off-heap memory of the process's tensors; user segments that tensors wrap are not counted.
 *
 * @param liveBytes bytes that live tensors and running kernels hold
 * @param pooledBytes bytes kept for reuse
 * @param systemBytes bytes had from the operating system and not given back: live and pooled bytes
 *     and the rest of small chunks
 * @param systemAllocations how often the operating system was asked for memory since the start
 */
public record MemoryUsage(
    long liveBytes, long pooledBytes, long systemBytes, long systemAllocations) {}
