package dev.panorm.bench.study.named;

import dev.panorm.data.Split;
import java.nio.file.Path;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * What a study runs on.
 *
 * @param data standardized images, loaded when asked for
 * @param seed of everything random
 * @param done is told how many points are worked out
 * @param folder where a study may keep what it goes on from when it was cut short
 */
public record Setting(Supplier<Split> data, long seed, IntConsumer done, Path folder) {}
