package dev.panorm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Tensors die with their scope, and nobody ever reads what came after them. */
final class LifetimeTest {

  @Test
  void everyUseAfterTheScopesEndThrows() {
    Tensor x;
    Tensor view;
    try (Scope scope = Scope.open()) {
      x = scope.zeros(DType.FLOAT32, 4);
      view = x.slice(1, 2);
    }
    assertFalse(x.isAlive());
    assertThrows(IllegalStateException.class, x::toFloatArray);
    assertThrows(IllegalStateException.class, () -> view.get(0));
    assertThrows(IllegalStateException.class, () -> x.fill(1));
    assertThrows(IllegalStateException.class, x::segment);
    try (Scope scope = Scope.open()) {
      assertThrows(IllegalStateException.class, () -> scope.zeros(DType.FLOAT32, 4).copyFrom(x));
    }
    assertTrue(x.toString().contains("dead"));
  }

  @Test
  void aSegmentThatWasHandedOutDiesToo() {
    MemorySegment raw;
    long address;
    try (Scope scope = Scope.open()) {
      Tensor x = scope.of(new float[] {1, 2, 3});
      raw = x.segment();
      address = raw.address();
      assertEquals(2f, raw.getAtIndex(ValueLayout.JAVA_FLOAT, 1));
    }
    try (Scope scope = Scope.open()) {
      Tensor next = scope.of(new float[] {7, 8, 9});
      assertEquals(address, next.storage().address(), "the pool lends the same memory again");
      assertThrows(IllegalStateException.class, () -> raw.getAtIndex(ValueLayout.JAVA_FLOAT, 1));
    }
  }

  @Test
  void memoryOfARunningOperationIsNotLentAgainBeforeItEnds() {
    Scope scope = Scope.open();
    Tensor x = scope.of(new float[] {1, 2, 3});
    x.storage().retain();
    long live = Panorm.memory().liveBytes();
    scope.close();
    assertThrows(IllegalStateException.class, () -> x.get(0));
    assertThrows(IllegalStateException.class, () -> x.storage().retain());
    assertEquals(live, Panorm.memory().liveBytes());
    x.storage().release();
    assertTrue(Panorm.memory().liveBytes() < live);
  }

  @Test
  void aScopeMayBeClosedTwiceAndLendsNothingAfterwards() {
    long before = Panorm.memory().liveBytes();
    Scope scope = Scope.open();
    scope.zeros(DType.FLOAT32, 1000);
    scope.close();
    scope.close();
    assertEquals(before, Panorm.memory().liveBytes());
    assertThrows(IllegalStateException.class, () -> scope.zeros(DType.FLOAT32, 1));
  }

  @Test
  void aWrappedSegmentThatItsOwnerClosedIsDead() {
    Tensor x;
    try (Arena arena = Arena.ofShared()) {
      x = Tensor.wrap(arena.allocate(16, 4), DType.FLOAT32, 4);
      assertTrue(x.isAlive());
    }
    assertFalse(x.isAlive());
    assertThrows(IllegalStateException.class, x::toFloatArray);
  }

  @Test
  void aConfinedSegmentIsRefusedInOtherThreads() throws InterruptedException {
    try (Arena arena = Arena.ofConfined()) {
      Tensor x = Tensor.wrap(arena.allocate(16, 4), DType.FLOAT32, 4);
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread other =
          Thread.ofPlatform()
              .start(() -> thrown.set(assertThrows(IllegalStateException.class, x::toFloatArray)));
      other.join();
      assertTrue(
          String.valueOf(thrown.get()).contains("another thread"),
          () -> String.valueOf(thrown.get()));
    }
  }

  /**
   * Readers in four threads either read the tensor's own values or get the exception, never another
   * tensor's.
   */
  @Test
  void readersNeverSeeAnotherTensorsValues() throws InterruptedException {
    for (int round = 0; round < 50; round++) {
      Scope scope = Scope.open();
      Tensor x = scope.full(round, DType.FLOAT32, Shape.of(500));
      CountDownLatch started = new CountDownLatch(4);
      AtomicReference<String> wrong = new AtomicReference<>();
      List<Thread> readers = new ArrayList<>();
      for (int r = 0; r < 4; r++) {
        readers.add(Thread.ofPlatform().start(() -> readUntilDead(x, started, wrong)));
      }
      started.await();
      scope.close();
      try (Scope next = Scope.open()) {
        next.full(-1, DType.FLOAT32, Shape.of(500));
        for (Thread reader : readers) {
          reader.join();
        }
      }
      assertEquals(null, wrong.get(), "round " + round);
    }
  }

  private static void readUntilDead(
      Tensor x, CountDownLatch started, AtomicReference<String> wrong) {
    float expected = x.toFloatArray()[0];
    started.countDown();
    try {
      while (true) {
        for (float value : x.toFloatArray()) {
          if (value != expected) {
            wrong.set(value + " instead of " + expected);
            return;
          }
        }
      }
    } catch (IllegalStateException dead) {
      assertTrue(String.valueOf(dead.getMessage()).contains("closed"), dead::toString);
    }
  }
}
