/** What tests share. */
@NullMarked
package dev.panorm.testkit;

import org.jspecify.annotations.NullMarked;
