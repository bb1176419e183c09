package dev.panorm.bench.study.named;

import dev.panorm.data.Split;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * What a study runs on.
 *
 * @param data standardized images, loaded when asked for
 * @param seed of everything random
 * @param done is told how many points are worked out
 */
public record Setting(Supplier<Split> data, long seed, IntConsumer done) {}
