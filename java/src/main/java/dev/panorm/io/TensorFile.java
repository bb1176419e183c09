package dev.panorm.io;

import dev.panorm.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collection;

/** Raw tensor data in and out of channels. */
final class TensorFile {

  /** A buffer holds at most 2^31 − 1 bytes. */
  private static final long PIECE = 1L << 30;

  private TensorFile() {}

  /**
   * Writes a header and tensors behind one another. The file appears complete or not at all: what
   * stood there before stays until the new one is whole.
   */
  static void write(Path file, byte[] header, Collection<Tensor> tensors) throws IOException {
    Path target = file.toAbsolutePath();
    Path part = target.resolveSibling(target.getFileName() + ".part");
    try {
      try (FileChannel channel =
          FileChannel.open(
              part,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        drain(channel, ByteBuffer.wrap(header));
        for (Tensor tensor : tensors) {
          write(channel, tensor.segment());
        }
      }
      Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private static void write(WritableByteChannel channel, MemorySegment data) throws IOException {
    for (long at = 0; at < data.byteSize(); at += PIECE) {
      drain(channel, piece(data, at));
    }
  }

  private static void drain(WritableByteChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** Fills a tensor from a channel and returns how many bytes came, fewer where it ended. */
  static long read(ReadableByteChannel channel, Tensor tensor) throws IOException {
    MemorySegment data = tensor.segment();
    for (long at = 0; at < data.byteSize(); at += PIECE) {
      ByteBuffer bytes = piece(data, at);
      while (bytes.hasRemaining()) {
        if (channel.read(bytes) < 0) {
          return at + bytes.position();
        }
      }
    }
    return data.byteSize();
  }

  private static ByteBuffer piece(MemorySegment data, long at) {
    return data.asSlice(at, Math.min(PIECE, data.byteSize() - at)).asByteBuffer();
  }
}
