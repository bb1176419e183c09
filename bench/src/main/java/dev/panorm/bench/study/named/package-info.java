/** Named experiments: each shows one claim of the lecture notes, or that it fails here. */
@NullMarked
package dev.panorm.bench.study.named;

import org.jspecify.annotations.NullMarked;
