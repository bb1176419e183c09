/** Initial values of weights, and the figures that they follow from. */
@NullMarked
package dev.panorm.init;

import org.jspecify.annotations.NullMarked;
