/** One pool of worker threads for all CPU backends. */
@NullMarked
package dev.panorm.internal.parallel;

import org.jspecify.annotations.NullMarked;
