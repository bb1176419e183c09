/** The command line: studies, checks and benchmarks. */
@NullMarked
package dev.panorm.bench;

import org.jspecify.annotations.NullMarked;
