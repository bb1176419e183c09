package dev.panorm.ffi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LargePagesTest {

  @Test
  void memoryOfAnySizeBeginsAtAPageAndIsZeros() {
    for (long bytes : new long[] {1, 5000, LargePages.BYTES, 3 * LargePages.BYTES + 5001}) {
      try (Arena arena = Arena.ofShared()) {
        MemorySegment memory = LargePages.allocate(arena, bytes);
        assertEquals(bytes, memory.byteSize());
        assertEquals(0, memory.address() % (bytes < LargePages.BYTES ? 4096 : LargePages.BYTES));
        assertTrue(memory.elements(JAVA_BYTE).allMatch(b -> b.get(JAVA_BYTE, 0) == 0));
        memory.fill((byte) 1);
      }
    }
  }

  @Test
  void memoryGoesBackWithItsArena() throws IOException {
    assumeTrue(Files.exists(Path.of("/proc/self/maps")));
    Arena arena = Arena.ofShared();
    MemorySegment memory = LargePages.allocate(arena, 5 * LargePages.BYTES + 1);
    memory.fill((byte) 1);
    assertTrue(isMapped(memory.address()));
    assertTrue(isMapped(memory.address() + memory.byteSize() - 1));
    arena.close();
    assertThrows(IllegalStateException.class, () -> memory.get(JAVA_BYTE, 0));
    assertFalse(isMapped(memory.address()));
    assertFalse(isMapped(memory.address() + memory.byteSize() - 1));
  }

  @Test
  void moreThanASystemHasIsRefused() {
    try (Arena arena = Arena.ofShared()) {
      assertThrows(OutOfMemoryError.class, () -> LargePages.allocate(arena, 1L << 47));
    }
  }

  /** Whether an address belongs to memory of this process, as the system lists it. */
  private static boolean isMapped(long address) throws IOException {
    List<String> lines = Files.readAllLines(Path.of("/proc/self/maps"));
    return lines.stream()
        .map(line -> line.substring(0, line.indexOf(' ')).split("-", 2))
        .anyMatch(
            range ->
                Long.parseUnsignedLong(range[0], 16) <= address
                    && address < Long.parseUnsignedLong(range[1], 16));
  }
}
