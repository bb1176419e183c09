/** Other libraries, called by their own lowest interfaces, for the benchmark to compare with. */
@NullMarked
package dev.panorm.peers;

import org.jspecify.annotations.NullMarked;
