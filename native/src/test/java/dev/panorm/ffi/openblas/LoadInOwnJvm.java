package dev.panorm.ffi.openblas;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Loads OpenBLAS in a JVM of its own and multiplies a row by a column. */
final class LoadInOwnJvm {

  private LoadInOwnJvm() {}

  @SuppressWarnings("SystemOut")
  public static void main(String[] arguments) {
    OpenBlas blas = OpenBlas.load();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment row = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 2, 3);
      MemorySegment column = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 5, 3);
      MemorySegment result = arena.allocate(ValueLayout.JAVA_FLOAT);
      blas.sgemm(false, false, 1, 1, 2, 1, row, 0, 2, column, 0, 1, 0, result, 0, 1);
      System.out.println(blas.info().source() + " " + result.getAtIndex(ValueLayout.JAVA_FLOAT, 0));
    }
  }
}
