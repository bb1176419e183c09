/** How commands print: tables for people, JSON for programs. */
@NullMarked
package dev.panorm.bench.print;

import org.jspecify.annotations.NullMarked;
