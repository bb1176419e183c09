package dev.panorm.internal.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

final class SegmentPoolTest {

  private final SegmentPool pool = new SegmentPool();

  @Property
  void aSizeClassHoldsItsSizeAndWastesAQuarterAtMost(
      @ForAll @LongRange(min = 0, max = 1L << 47) long bytes) {
    int sizeClass = SegmentPool.sizeClass(bytes);
    long held = SegmentPool.sizeClassBytes(sizeClass);
    assertTrue(held >= bytes, () -> held + " bytes for " + bytes);
    assertTrue(
        held <= Math.max(SegmentPool.ALIGNMENT, bytes + bytes / 4 + SegmentPool.ALIGNMENT),
        () -> held + " bytes for " + bytes);
    assertEquals(
        sizeClass,
        SegmentPool.sizeClass(held),
        "a block must go back to the list that it is lent from");
  }

  @Test
  void blocksAreAlignedAndReused() {
    for (long bytes : new long[] {0, 1, 128, 129, 5000, 40_000, 3_000_000}) {
      Block block = pool.take(bytes);
      assertEquals(0, block.address() % SegmentPool.ALIGNMENT);
      pool.give(block);
      assertSame(block, pool.take(bytes));
    }
  }

  @Test
  void figuresAddUpAndTrimGivesIdleMemoryBack() {
    Block small = pool.take(100);
    Block large = pool.take(1 << 20);
    assertEquals(small.byteSize() + large.byteSize(), pool.usage().liveBytes());
    assertEquals(2, pool.usage().systemAllocations());
    pool.give(large);
    assertEquals(large.byteSize(), pool.usage().pooledBytes());
    assertEquals(large.byteSize(), pool.trim());
    assertEquals(0, pool.usage().pooledBytes());
    assertEquals(small.byteSize(), pool.usage().liveBytes());
  }

  @Test
  void givingBackTwiceIsRefusedAndCountsNothing() {
    Block block = pool.take(64);
    pool.give(block);
    assertThrows(IllegalStateException.class, () -> pool.give(block));
    assertEquals(block.byteSize(), pool.usage().pooledBytes());
    assertEquals(0, pool.usage().liveBytes());
  }

  @Test
  void sizesThatNoProcessCanHaveAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> pool.take(-1));
    assertThrows(IllegalArgumentException.class, () -> pool.take(Long.MAX_VALUE));
    assertEquals(0, pool.usage().systemAllocations());
  }
}
