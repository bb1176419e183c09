package dev.panorm.ffi.streaming;

import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.panorm.ffi.Downcalls;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Objects;

/** One constant handle per kernel. Initialized only where the library serves. */
final class StreamingHandles {

  private static final SymbolLookup LIBRARY =
      Objects.requireNonNull(StreamingLibrary.ONCE.library()).symbols();

  static final int LANES = StreamingLibrary.lanes(LIBRARY);

  static final MethodHandle MOMENTS =
      kernel("moments", JAVA_LONG, JAVA_LONG, JAVA_FLOAT, JAVA_LONG);

  static final MethodHandle GRADIENT_SUMS =
      kernel("gradient_sums", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_FLOAT, JAVA_LONG);

  static final MethodHandle NORMALIZE_ROW =
      kernel(
          "normalize_row",
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_FLOAT,
          JAVA_FLOAT,
          JAVA_FLOAT);

  static final MethodHandle NORMALIZE_ROWS =
      Downcalls.bindShort(
          LIBRARY,
          "panorm_normalize_rows_" + LANES,
          FunctionDescriptor.of(
              JAVA_LONG,
              JAVA_LONG,
              JAVA_LONG,
              JAVA_LONG,
              JAVA_LONG,
              JAVA_LONG,
              JAVA_LONG,
              JAVA_DOUBLE,
              JAVA_BOOLEAN,
              JAVA_LONG,
              JAVA_LONG,
              JAVA_LONG,
              JAVA_BOOLEAN));

  static final MethodHandle DIFFERENTIATE_ROWS =
      kernel(
          "differentiate_rows",
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_BOOLEAN,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_BOOLEAN);

  static final MethodHandle NORMALIZE_SET =
      Downcalls.bindShort(
          LIBRARY,
          "panorm_normalize_set_" + LANES,
          FunctionDescriptor.of(
              JAVA_BOOLEAN,
              JAVA_LONG,
              JAVA_LONG,
              JAVA_LONG,
              JAVA_LONG,
              JAVA_LONG,
              JAVA_LONG,
              JAVA_LONG,
              JAVA_LONG,
              JAVA_DOUBLE,
              JAVA_BOOLEAN,
              JAVA_LONG,
              JAVA_BOOLEAN));

  static final MethodHandle DIFFERENTIATE_SET =
      kernel(
          "differentiate_set",
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_FLOAT,
          JAVA_FLOAT,
          JAVA_FLOAT,
          JAVA_BOOLEAN,
          JAVA_LONG,
          JAVA_BOOLEAN);

  static final MethodHandle NORMALIZE_RUN =
      kernel("normalize_run", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_FLOAT, JAVA_FLOAT, JAVA_FLOAT);

  static final MethodHandle COLUMN_MOMENTS =
      kernel(
          "column_moments",
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_BOOLEAN);

  static final MethodHandle COLUMN_GRADIENT_SUMS =
      kernel(
          "column_gradient_sums",
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_BOOLEAN);

  static final MethodHandle RUN_GRADIENT_SUMS =
      kernel(
          "run_gradient_sums",
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_FLOAT,
          JAVA_LONG,
          JAVA_LONG);

  static final MethodHandle NORMALIZE_COLUMNS =
      kernel(
          "normalize_columns",
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_BOOLEAN);

  static final MethodHandle GRADIENT_ROW =
      kernel(
          "gradient_row",
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_FLOAT,
          JAVA_FLOAT,
          JAVA_FLOAT,
          JAVA_FLOAT);

  static final MethodHandle GRADIENT_ROWS =
      kernel(
          "gradient_rows",
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG);

  static final MethodHandle GRADIENT_RUN =
      kernel(
          "gradient_run",
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_FLOAT,
          JAVA_FLOAT,
          JAVA_FLOAT,
          JAVA_FLOAT,
          JAVA_FLOAT,
          JAVA_LONG);

  static final MethodHandle GRADIENT_COLUMNS =
      kernel(
          "gradient_columns",
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_BOOLEAN,
          JAVA_BOOLEAN);

  static final MethodHandle FENCE =
      Downcalls.bindShort(LIBRARY, "panorm_fence", FunctionDescriptor.ofVoid());

  private StreamingHandles() {}

  private static MethodHandle kernel(String name, MemoryLayout... arguments) {
    return Downcalls.bindShort(
        LIBRARY, "panorm_" + name + "_" + LANES, FunctionDescriptor.ofVoid(arguments));
  }
}
