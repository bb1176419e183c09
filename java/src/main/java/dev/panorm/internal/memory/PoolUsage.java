package dev.panorm.internal.memory;

/**
 * What a pool holds.
 *
 * @param liveBytes bytes lent out
 * @param pooledBytes bytes idle, ready to be lent again
 * @param systemBytes bytes had from the operating system and not given back
 * @param systemAllocations how often the operating system was asked, ever
 */
public record PoolUsage(
    long liveBytes, long pooledBytes, long systemBytes, long systemAllocations) {}
