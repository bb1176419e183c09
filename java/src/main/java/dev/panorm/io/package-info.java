/**
 * Tensors in files: SafeTensors, NumPy's NPY, and the IDX files of MNIST.
 *
 * <p>A file is input from a stranger: whatever does not follow its format is an {@link
 * java.io.IOException} that names the file, the byte and what was expected there, and no size that
 * a file merely claims is ever allocated. SafeTensors and NPY hold little-endian data and are read
 * and written on little-endian machines, which all that Panorm runs on are.
 */
@NullMarked
package dev.panorm.io;

import org.jspecify.annotations.NullMarked;
