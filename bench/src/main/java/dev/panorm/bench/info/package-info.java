/** {@code panorm info}: what this machine has and what Panorm makes of it. */
@NullMarked
package dev.panorm.bench.info;

import org.jspecify.annotations.NullMarked;
