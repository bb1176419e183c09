/**
 * Data on its way into a network: sets and batches, scaling and whitening learned from training
 * data, random changes of images, and making batches ahead of time.
 */
@NullMarked
package dev.panorm.data;

import org.jspecify.annotations.NullMarked;
