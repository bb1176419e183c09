package dev.panorm.io;

import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * NumPy's NPY files: one array each, as {@code numpy.save} writes it.
 *
 * <p>Read are the versions 1 to 3 with little-endian float32, float64 and int64 data in C order.
 * Source: numpy.lib.format, "A simple file format for NumPy arrays".
 */
public final class Npy {

  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int VERSION_END = MAGIC.length + 2;
  private static final int ALIGNMENT = 64;

  private Npy() {}

  /**
   * Returns the array of a file as a new tensor.
   *
   * @throws IOException if the file cannot be read, does not follow the format, or holds a type or
   *     an order that is not read
   */
  public static Tensor read(Path path, Scope scope) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      NpyHeader header = header(path, channel);
      long start = channel.position();
      long rest = channel.size() - start;
      Shape shape = header.shape();
      if (rest % header.dtype().byteSize() != 0
          || rest / header.dtype().byteSize() != shape.elements()) {
        throw Malformed.at(
            path,
            start,
            rest
                + " bytes of data follow, expected "
                + shape.elements()
                + " elements of "
                + header.dtype()
                + " for shape "
                + shape);
      }
      Tensor tensor = scope.empty(header.dtype(), shape);
      long came = TensorFile.read(channel, tensor);
      if (came < tensor.byteSize()) {
        throw Malformed.at(path, start + came, "the file ended while it was read");
      }
      return tensor;
    }
  }

  private static NpyHeader header(Path path, FileChannel channel) throws IOException {
    byte[] fixed = next(path, channel, VERSION_END, "the magic string and a version");
    int version = fixed[MAGIC.length];
    if (!Arrays.equals(fixed, 0, MAGIC.length, MAGIC, 0, MAGIC.length)
        || version < 1
        || version > 3) {
      throw Malformed.at(
          path, 0, "no NPY file of version 1 to 3, expected \\x93NUMPY and a version");
    }
    int lengthBytes = version == 1 ? Short.BYTES : Integer.BYTES;
    ByteBuffer length =
        ByteBuffer.wrap(next(path, channel, lengthBytes, "the length of the header"))
            .order(ByteOrder.LITTLE_ENDIAN);
    long headerLength =
        version == 1
            ? Short.toUnsignedLong(length.getShort())
            : Integer.toUnsignedLong(length.getInt());
    long at = channel.position();
    byte[] text = next(path, channel, headerLength, "a header of " + headerLength + " bytes");
    return NpyHeader.parse(path, at, new String(text, StandardCharsets.UTF_8));
  }

  private static byte[] next(Path path, FileChannel channel, long count, String what)
      throws IOException {
    long at = channel.position();
    if (channel.size() - at < count || count > Integer.MAX_VALUE) {
      throw Malformed.at(
          path, channel.size(), "the file ends, expected " + what + " at byte " + at);
    }
    byte[] bytes = new byte[(int) count];
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining() && channel.read(buffer) >= 0) {}
    return bytes;
  }

  /** Writes a tensor. The file appears complete or not at all. */
  public static void write(Path path, Tensor tensor) throws IOException {
    String sizes =
        Arrays.stream(tensor.shape().dims())
            .mapToObj(d -> d + ",")
            .collect(Collectors.joining(" "));
    String dict =
        "{'descr': '"
            + NpyHeader.typeName(tensor.dtype())
            + "', 'fortran_order': False, 'shape': ("
            + sizes
            + "), }";
    int unpadded = VERSION_END + Integer.BYTES + dict.length() + 1;
    String padding = " ".repeat((ALIGNMENT - unpadded % ALIGNMENT) % ALIGNMENT);
    byte[] text = (dict + padding + "\n").getBytes(StandardCharsets.US_ASCII);
    ByteBuffer head =
        ByteBuffer.allocate(VERSION_END + Integer.BYTES + text.length)
            .order(ByteOrder.LITTLE_ENDIAN);
    head.put(MAGIC).put((byte) 2).put((byte) 0).putInt(text.length).put(text);
    TensorFile.write(path, head.array(), List.of(tensor));
  }
}
