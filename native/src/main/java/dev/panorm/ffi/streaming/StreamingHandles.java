package dev.panorm.ffi.streaming;

import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.panorm.ffi.Downcalls;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Objects;

/** One constant handle per kernel. Initialized only where the library serves. */
final class StreamingHandles {

  private static final SymbolLookup LIBRARY =
      Objects.requireNonNull(StreamingLibrary.ONCE.library()).symbols();

  static final int LANES = StreamingLibrary.lanes(LIBRARY);

  static final MethodHandle MOMENTS = kernel("moments", "llfl");
  static final MethodHandle NORMALIZE_ROWS =
      answering(JAVA_LONG, "normalize_rows", "lllllldbllllib");
  static final MethodHandle DIFFERENTIATE_ROWS =
      kernel("differentiate_rows", "llllllllllllblilllb");
  static final MethodHandle NORMALIZE_SET =
      answering(JAVA_BOOLEAN, "normalize_set", "lllllllldbllib");
  static final MethodHandle DIFFERENTIATE_SET =
      kernel("differentiate_set", "lllllllllllfffblilllb");
  static final MethodHandle NORMALIZE_LARGE_SET =
      large("normalize_set", FunctionDescriptor.of(JAVA_BOOLEAN, layouts("lllllllldbllib")));
  static final MethodHandle DIFFERENTIATE_LARGE_SET =
      large("differentiate_set", "lllllllllllfffblilllb");
  static final MethodHandle NORMALIZE_RUNS = kernel("normalize_runs", "llllllib");
  static final MethodHandle COLUMN_MOMENTS = kernel("column_moments", "lllllllb");
  static final MethodHandle COLUMN_MOMENTS_OF_PART = kernel("column_moments_of_part", "lllllllb");
  static final MethodHandle COLUMN_GRADIENT_SUMS = kernel("column_gradient_sums", "llllllllllb");
  static final MethodHandle COLUMN_GRADIENT_SUMS_OF_PART =
      kernel("column_gradient_sums_of_part", "llllllllllb");
  static final MethodHandle NORMALIZE_COLUMNS = kernel("normalize_columns", "lllllllllib");
  static final MethodHandle GRADIENT_COLUMNS = kernel("gradient_columns", "llllllllbb");

  static final MethodHandle MAP =
      Downcalls.bindShort(FunctionDescriptor.ofVoid(layouts("lllliffb")));

  static final MethodHandle FENCE =
      Downcalls.bindShort(LIBRARY, "panorm_fence", FunctionDescriptor.ofVoid());

  private StreamingHandles() {}

  /** Returns the address of a function for this width. */
  static MemorySegment address(String name) {
    String symbol = "panorm_" + name + "_" + LANES;
    return LIBRARY.find(symbol).orElseThrow(() -> new UnsatisfiedLinkError("no symbol " + symbol));
  }

  /**
   * Binds a kernel for this width; its arguments are a letter each, as {@link #layout} has them.
   */
  private static MethodHandle kernel(String name, String arguments) {
    return bind(name, FunctionDescriptor.ofVoid(layouts(arguments)));
  }

  private static MethodHandle answering(MemoryLayout answer, String name, String arguments) {
    return bind(name, FunctionDescriptor.of(answer, layouts(arguments)));
  }

  private static MethodHandle bind(String name, FunctionDescriptor descriptor) {
    return Downcalls.bindShort(LIBRARY, "panorm_" + name + "_" + LANES, descriptor);
  }

  /** As {@link #kernel}, for a call that takes so long that no safepoint should wait for it. */
  static MethodHandle large(String name, String arguments) {
    return large(name, FunctionDescriptor.ofVoid(layouts(arguments)));
  }

  private static MethodHandle large(String name, FunctionDescriptor descriptor) {
    return Downcalls.bind(LIBRARY, "panorm_" + name + "_" + LANES, descriptor);
  }

  private static MemoryLayout[] layouts(String arguments) {
    return arguments.chars().mapToObj(StreamingHandles::layout).toArray(MemoryLayout[]::new);
  }

  private static MemoryLayout layout(int letter) {
    return switch (letter) {
      case 'i' -> JAVA_INT;
      case 'l' -> JAVA_LONG;
      case 'f' -> JAVA_FLOAT;
      case 'd' -> JAVA_DOUBLE;
      case 'b' -> JAVA_BOOLEAN;
      default -> throw new IllegalArgumentException("no layout for " + (char) letter);
    };
  }
}
