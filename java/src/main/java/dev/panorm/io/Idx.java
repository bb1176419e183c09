package dev.panorm.io;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * IDX files, in which MNIST and its relatives come, plain or compressed with gzip: two zero bytes,
 * the type of the elements, the number of dimensions, each size as a big-endian 32-bit number, then
 * the elements, big-endian and row-major.
 *
 * <p>Source: the description on the MNIST page of LeCun, Cortes and Burges.
 */
public final class Idx {

  private static final int PIECE = 1 << 20;

  private Idx() {}

  /** The types of elements. */
  private enum Type {
    U8(0x08, 1),
    I8(0x09, 1),
    I16(0x0B, 2),
    I32(0x0C, 4),
    F32(0x0D, 4),
    F64(0x0E, 8);

    private final int code;
    private final int size;

    Type(int code, int size) {
      this.code = code;
      this.size = size;
    }

    static @Nullable Type of(int code) {
      for (Type type : values()) {
        if (type.code == code) {
          return type;
        }
      }
      return null;
    }

    double next(ByteBuffer bytes) {
      return switch (this) {
        case U8 -> bytes.get() & 0xFF;
        case I8 -> bytes.get();
        case I16 -> bytes.getShort();
        case I32 -> bytes.getInt();
        case F32 -> bytes.getFloat();
        case F64 -> bytes.getDouble();
      };
    }
  }

  /**
   * Returns the contents of a file as a new tensor of the file's shape.
   *
   * @param dtype what the elements are converted to, such as float32 for images and int64 for
   *     labels
   * @throws IOException if the file cannot be read or does not follow the format, or if it holds
   *     less or more data than its header says
   */
  public static Tensor read(Path path, DType dtype, Scope scope) throws IOException {
    try (InputStream in = open(path)) {
      return new Source(path, in).tensor(dtype, scope);
    }
  }

  private static InputStream open(Path path) throws IOException {
    BufferedInputStream in = new BufferedInputStream(Files.newInputStream(path), PIECE);
    try {
      in.mark(2);
      boolean zipped = in.read() == 0x1F && in.read() == 0x8B;
      in.reset();
      return zipped ? new GZIPInputStream(in, PIECE) : in;
    } catch (ZipException | EOFException e) {
      in.close();
      throw Malformed.at(path, 0, "the gzip header is damaged: " + e.getMessage(), e);
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }

  /** A file as it is read. */
  private static final class Source {

    private final Path path;
    private final InputStream in;
    private long offset;

    Source(Path path, InputStream in) {
      this.path = path;
      this.in = in;
    }

    Tensor tensor(DType dtype, Scope scope) throws IOException {
      ByteBuffer magic = ByteBuffer.wrap(bytes(4, "the magic number"));
      Type type = Type.of(magic.get(2));
      int rank = magic.get(3) & 0xFF;
      if (magic.getShort(0) != 0 || type == null || rank == 0) {
        throw Malformed.at(
            path,
            0,
            String.format(
                "the magic number is 0x%08X, expected 0x00000801 for labels, 0x00000803 for images"
                    + " or another of the format",
                magic.getInt(0)));
      }
      Shape shape = shape(type, rank);
      List<byte[]> data = data(shape, type);
      return fill(scope.empty(dtype, shape), type, data);
    }

    private Shape shape(Type type, int rank) throws IOException {
      ByteBuffer sizes = ByteBuffer.wrap(bytes(4 * rank, "the sizes of " + rank + " dimensions"));
      long[] dims = new long[rank];
      for (int i = 0; i < rank; i++) {
        dims[i] = Integer.toUnsignedLong(sizes.getInt());
      }
      try {
        Shape shape = Shape.of(dims);
        Math.multiplyExact(shape.elements(), (long) type.size);
        return shape;
      } catch (IllegalArgumentException | ArithmeticException e) {
        throw Malformed.at(path, 4, "the sizes overflow: " + e.getMessage(), e);
      }
    }

    /**
     * Reads what the header promises, piece by piece: only what is really there is ever allocated.
     */
    private List<byte[]> data(Shape shape, Type type) throws IOException {
      List<byte[]> pieces = new ArrayList<>();
      long promised = shape.elements() * type.size;
      for (long left = promised; left > 0; left -= pieces.getLast().length) {
        pieces.add(
            bytes((int) Math.min(PIECE, left), promised + " bytes of data for shape " + shape));
      }
      if (next(1).length > 0) {
        throw Malformed.at(
            path,
            offset - 1,
            "more data follows, expected the end after " + promised + " bytes of data");
      }
      return pieces;
    }

    private byte[] bytes(int count, String what) throws IOException {
      byte[] bytes = next(count);
      if (bytes.length < count) {
        throw Malformed.at(path, offset, "the data end, expected " + what);
      }
      return bytes;
    }

    private byte[] next(int count) throws IOException {
      try {
        byte[] bytes = in.readNBytes(count);
        offset += bytes.length;
        return bytes;
      } catch (ZipException | EOFException e) {
        throw Malformed.at(
            path, offset, "the gzip data are damaged or cut off: " + e.getMessage(), e);
      }
    }

    private static Tensor fill(Tensor tensor, Type type, List<byte[]> data) {
      Tensor flat = tensor.view(tensor.elements());
      long at = 0;
      for (byte[] piece : data) {
        ByteBuffer bytes = ByteBuffer.wrap(piece);
        double[] values = new double[piece.length / type.size];
        for (int i = 0; i < values.length; i++) {
          values[i] = type.next(bytes);
        }
        flat.slice(at, at + values.length).copyFrom(values);
        at += values.length;
      }
      return tensor;
    }
  }
}
