package dev.panorm.io;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A SafeTensors file, mapped into memory: an 8-byte little-endian header length, a JSON header,
 * then the data of named tensors.
 *
 * <p>The header is checked whole when the file is opened: its length, its JSON, and that the
 * tensors fill the data exactly, without holes and without overlaps. Any thread may use an open
 * file.
 *
 * {@snippet :
 * try (SafeTensors file = SafeTensors.open(Path.of("model.safetensors")); Scope scope = Scope.open()) {
 *   Tensor weight = file.load("fc.weight", scope);
 * }
 * }
 *
 * <p>Source: the format's own specification in the repository huggingface/safetensors.
 */
public final class SafeTensors implements AutoCloseable {

  static final String METADATA = "__metadata__";

  /** What the format's own reader allows. */
  static final long LARGEST_HEADER = 100_000_000;

  private static final int ALIGNMENT = 8;

  private final Path path;
  private final Arena arena;
  private final MemorySegment data;
  private final long dataStart;
  private final SafeTensorsHeader header;

  private SafeTensors(
      Path path, Arena arena, MemorySegment data, long dataStart, SafeTensorsHeader header) {
    this.path = path;
    this.arena = arena;
    this.data = data;
    this.dataStart = dataStart;
    this.header = header;
  }

  /**
   * Opens and checks a file.
   *
   * @throws IOException if it cannot be read or does not follow the format
   */
  public static SafeTensors open(Path path) throws IOException {
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      long size = channel.size();
      if (size < Long.BYTES) {
        throw Malformed.at(
            path, size, "the file ends, expected " + Long.BYTES + " bytes of header length");
      }
      MemorySegment file = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
      ByteBuffer length = file.asSlice(0, Long.BYTES).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
      long headerLength = length.getLong();
      long largest = Math.min(size - Long.BYTES, LARGEST_HEADER);
      if (headerLength < 0 || headerLength > largest) {
        throw Malformed.at(
            path,
            0,
            "the header length is "
                + Long.toUnsignedString(headerLength)
                + ", expected at most "
                + largest
                + " in a file of "
                + size
                + " bytes");
      }
      long dataStart = Long.BYTES + headerLength;
      byte[] json = new byte[(int) headerLength];
      MemorySegment.copy(file, ValueLayout.JAVA_BYTE, Long.BYTES, json, 0, json.length);
      SafeTensorsHeader header = SafeTensorsHeader.parse(path, json, size - dataStart);
      return new SafeTensors(path, arena, file.asSlice(dataStart), dataStart, header);
    } catch (IOException | RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /** Returns the names of the tensors, in the order of the header. */
  public Set<String> names() {
    return Collections.unmodifiableSet(header.entries().keySet());
  }

  /** Returns the header's map of strings, empty where there is none. */
  public Map<String, String> metadata() {
    return header.metadata();
  }

  /**
   * Returns the sizes of a tensor.
   *
   * @throws IllegalArgumentException if there is none of this name
   */
  public Shape shape(String name) {
    return entry("shape", name).shape();
  }

  /**
   * Returns the type of a tensor.
   *
   * @throws IOException if it is none that Panorm has
   * @throws IllegalArgumentException if there is none of this name
   */
  public DType dtype(String name) throws IOException {
    return dtype(entry("dtype", name));
  }

  /**
   * Returns a tensor whose memory is the file itself: nothing is copied, and pages are read when
   * they are first used. It is read-only and lives until the file is closed.
   *
   * @throws IOException if its type is none that Panorm has, or if the file's writer did not align
   *     it to its element size
   * @throws IllegalArgumentException if there is none of this name
   */
  public Tensor map(String name) throws IOException {
    SafeTensorsHeader.Entry entry = entry("map", name);
    DType dtype = dtype(entry);
    MemorySegment bytes = bytes(entry);
    if (bytes.address() % dtype.byteSize() != 0) {
      throw Malformed.at(
          path,
          dataStart + entry.begin(),
          "the tensor '"
              + name
              + "' is not aligned to its elements: load it instead of mapping it");
    }
    return Tensor.wrap(bytes, dtype, entry.shape().dims());
  }

  /**
   * Returns a copy of a tensor.
   *
   * @throws IOException if its type is none that Panorm has
   * @throws IllegalArgumentException if there is none of this name
   */
  public Tensor load(String name, Scope scope) throws IOException {
    SafeTensorsHeader.Entry entry = entry("load", name);
    Tensor tensor = scope.empty(dtype(entry), entry.shape());
    tensor.segment().copyFrom(bytes(entry));
    return tensor;
  }

  /** Closes the file; mapped tensors are dead from now on. */
  @Override
  public void close() {
    arena.close();
  }

  private MemorySegment bytes(SafeTensorsHeader.Entry entry) {
    return data.asSlice(entry.begin(), entry.end() - entry.begin());
  }

  private SafeTensorsHeader.Entry entry(String operation, String name) {
    SafeTensorsHeader.Entry entry = header.entries().get(name);
    if (entry == null) {
      throw new IllegalArgumentException(
          operation + ": name is '" + name + "', expected one of " + names() + " in " + path);
    }
    return entry;
  }

  private DType dtype(SafeTensorsHeader.Entry entry) throws IOException {
    for (DType dtype : DType.values()) {
      if (typeName(dtype).equals(entry.type())) {
        return dtype;
      }
    }
    throw Malformed.at(
        path,
        dataStart + entry.begin(),
        "the tensor '"
            + entry.name()
            + "' has type "
            + entry.type()
            + ", expected F32, F64 or I64");
  }

  private static String typeName(DType dtype) {
    return switch (dtype) {
      case FLOAT32 -> "F32";
      case FLOAT64 -> "F64";
      case INT64 -> "I64";
    };
  }

  // -------------------------------------------------------------------------------------------------------------- writing

  /**
   * Writes a file, data aligned to its elements. It appears complete or not at all.
   *
   * @param tensors the tensors by name
   * @param metadata strings by name, for the header
   */
  public static void write(Path path, Map<String, Tensor> tensors, Map<String, String> metadata)
      throws IOException {
    Map<String, Tensor> ordered = new LinkedHashMap<>();
    // The widest types first: then each tensor is aligned as the first one is.
    tensors.entrySet().stream()
        .sorted(Comparator.comparingInt(e -> -e.getValue().dtype().byteSize()))
        .forEach(e -> ordered.put(e.getKey(), e.getValue()));
    TensorFile.write(path, head(ordered, metadata), List.copyOf(ordered.values()));
  }

  private static byte[] head(Map<String, Tensor> tensors, Map<String, String> metadata)
      throws IOException {
    ByteArrayOutputStream json = new ByteArrayOutputStream();
    try (JsonGenerator out = SafeTensorsHeader.JSON.createGenerator(json)) {
      out.writeStartObject();
      if (!metadata.isEmpty()) {
        out.writeObjectFieldStart(METADATA);
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
          out.writeStringField(entry.getKey(), entry.getValue());
        }
        out.writeEndObject();
      }
      long begin = 0;
      for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
        describe(out, entry.getKey(), entry.getValue(), begin);
        begin += entry.getValue().byteSize();
      }
      out.writeEndObject();
    }
    int length = (json.size() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    ByteBuffer head = ByteBuffer.allocate(Long.BYTES + length).order(ByteOrder.LITTLE_ENDIAN);
    Arrays.fill(head.array(), (byte) ' ');
    return head.putLong(length).put(json.toByteArray()).array();
  }

  private static void describe(JsonGenerator out, String name, Tensor tensor, long begin)
      throws IOException {
    if (name.equals(METADATA)) {
      throw new IllegalArgumentException(
          "write: name is '" + METADATA + "', expected another: the format keeps it for itself");
    }
    out.writeObjectFieldStart(name);
    out.writeStringField("dtype", typeName(tensor.dtype()));
    out.writeFieldName("shape");
    long[] dims = tensor.shape().dims();
    out.writeArray(dims, 0, dims.length);
    out.writeFieldName("data_offsets");
    out.writeArray(new long[] {begin, begin + tensor.byteSize()}, 0, 2);
    out.writeEndObject();
  }
}
