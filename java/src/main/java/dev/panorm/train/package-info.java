/** Training loops, evaluation, and what watches and ends them. */
@NullMarked
package dev.panorm.train;

import org.jspecify.annotations.NullMarked;
