package dev.panorm.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.DType;
import dev.panorm.Panorm;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.internal.random.Philox;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Row N64 of the lecture notes: batches are made while the previous one trains. */
@Timeout(60) // only against a hang
final class PrefetcherTest {

  private long liveBefore;

  @BeforeEach
  void remember() {
    liveBefore = Panorm.memory().liveBytes();
  }

  @AfterEach
  void nothingIsLeft() {
    assertEquals(liveBefore, Panorm.memory().liveBytes(), "bytes");
    assertEquals(
        0,
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().startsWith("panorm-prefetch"))
            .count(),
        "threads");
  }

  private static Tensor batch(int number, Scope scope) {
    Tensor batch = scope.empty(DType.FLOAT32, 100);
    float[] values = new float[100];
    for (int i = 0; i < values.length; i++) {
      values[i] = Philox.uniformFloat(1, number, i);
    }
    batch.copyFrom(values);
    return batch;
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "1, 4", "2, 1", "2, 3", "4, 2", "7, 16"})
  void orderAndContentAreThoseWithoutPrefetching(int threads, int ahead) {
    int count = 50;
    int given = 0;
    try (Prefetcher<Tensor> batches = Prefetcher.of(count, threads, ahead, PrefetcherTest::batch)) {
      while (batches.hasNext()) {
        Tensor prefetched = batches.next();
        try (Scope scope = Scope.open()) {
          assertArrayEquals(batch(given, scope).toFloatArray(), prefetched.toFloatArray());
        }
        given++;
      }
      assertThrows(NoSuchElementException.class, batches::next);
    }
    assertEquals(count, given);
  }

  @Test
  void theNextBatchIsMadeWhileThePresentOneIsUsed() throws InterruptedException {
    CountDownLatch used = new CountDownLatch(1);
    CountDownLatch madeMeanwhile = new CountDownLatch(1);
    try (Prefetcher<Integer> batches =
        Prefetcher.of(
            2,
            1,
            1,
            (number, scope) -> {
              if (number == 1) {
                await(used);
                madeMeanwhile.countDown();
              }
              return number;
            })) {
      assertEquals(0, batches.next());
      // Batch 0 is in use, and batch 1 gets done before anybody asks for it.
      used.countDown();
      madeMeanwhile.await();
      assertEquals(1, batches.next());
    }
  }

  @Test
  void twoThreadsMakeTwoBatchesAtOnce() {
    CountDownLatch both = new CountDownLatch(2);
    try (Prefetcher<Integer> batches =
        Prefetcher.of(
            2,
            2,
            2,
            (number, scope) -> {
              both.countDown();
              await(both);
              return number;
            })) {
      assertEquals(0, batches.next());
      assertEquals(1, batches.next());
    }
  }

  @Test
  void neverMoreThanAheadBatchesAreStarted() {
    AtomicLong taken = new AtomicLong();
    AtomicLong furthest = new AtomicLong();
    int ahead = 3;
    try (Prefetcher<Integer> batches =
        Prefetcher.of(
            200,
            4,
            ahead,
            (number, scope) -> {
              furthest.accumulateAndGet(number - taken.get(), Math::max);
              return number;
            })) {
      for (int n = 0; batches.hasNext(); n++) {
        // Counted before the batch is taken, so that a maker never sees too small a number.
        taken.incrementAndGet();
        assertEquals(n, batches.next());
      }
    }
    assertTrue(
        furthest.get() < ahead, "a batch was started " + furthest + " ahead of the consumer");
  }

  @Test
  void aBatchEndsWhenTheNextIsAskedFor() {
    List<Tensor> given = new ArrayList<>();
    try (Prefetcher<Tensor> batches = Prefetcher.of(3, 2, 2, PrefetcherTest::batch)) {
      while (batches.hasNext()) {
        given.add(batches.next());
        assertTrue(given.getLast().isAlive());
        assertEquals(1, given.stream().filter(Tensor::isAlive).count());
      }
    }
    assertFalse(given.getLast().isAlive());
  }

  @Test
  void whatTheMakerThrowsComesInItsPlace() {
    IllegalStateException broken = new IllegalStateException("batch 3 is broken");
    try (Prefetcher<Tensor> batches =
        Prefetcher.of(
            10,
            2,
            4,
            (number, scope) -> {
              Tensor batch = batch(number, scope);
              if (number == 3) {
                throw broken;
              }
              return batch;
            })) {
      for (int n = 0; n < 3; n++) {
        assertEquals(Philox.uniformFloat(1, n, 7), batches.next().get(7));
      }
      assertSame(broken, assertThrows(IllegalStateException.class, batches::next));
      assertFalse(batches.hasNext());
      assertEquals(
          "prefetch: it is closed",
          assertThrows(IllegalStateException.class, batches::next).getMessage());
    }
  }

  @Test
  void anErrorOfTheMakerComesToo() {
    try (Prefetcher<Tensor> batches =
        Prefetcher.of(
            1,
            1,
            1,
            (number, scope) -> {
              throw new OutOfMemoryError("none left");
            })) {
      assertThrows(OutOfMemoryError.class, batches::next);
    }
  }

  @Test
  void closeEndsMakersAtWorkAndBatchesThatNobodyTook() throws InterruptedException {
    CountDownLatch atWork = new CountDownLatch(1);
    AtomicInteger cancelled = new AtomicInteger();
    Prefetcher<Tensor> batches =
        Prefetcher.of(
            10,
            2,
            5,
            (number, scope) -> {
              Tensor batch = batch(number, scope);
              if (number == 4) {
                atWork.countDown();
                try {
                  new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                  cancelled.incrementAndGet();
                }
              }
              return batch;
            });
    Tensor inUse = batches.next();
    atWork.await();
    batches.close();
    assertEquals(1, cancelled.get());
    assertFalse(inUse.isAlive());
    batches.close();
    assertThrows(IllegalStateException.class, batches::next);
  }

  @Test
  void anInterruptedConsumerLeavesItsWaiting() {
    try (Prefetcher<Integer> batches =
        Prefetcher.of(
            1,
            1,
            1,
            (number, scope) -> {
              await(new CountDownLatch(1));
              return number;
            })) {
      Thread.currentThread().interrupt();
      assertThrows(CancellationException.class, batches::next);
      assertTrue(Thread.interrupted());
    }
  }

  @Test
  void noBatchesAreNoBatches() {
    try (Prefetcher<Tensor> batches = Prefetcher.of(0, 2, 2, PrefetcherTest::batch)) {
      assertFalse(batches.hasNext());
    }
  }

  @Test
  void badArgumentsAreNamed() {
    assertEquals(
        "Prefetcher.of: threads is 0, expected 1 or more",
        assertThrows(
                IllegalArgumentException.class, () -> Prefetcher.of(1, 0, 1, PrefetcherTest::batch))
            .getMessage());
    assertEquals(
        "Prefetcher.of: ahead is -1, expected 1 or more",
        assertThrows(
                IllegalArgumentException.class,
                () -> Prefetcher.of(1, 1, -1, PrefetcherTest::batch))
            .getMessage());
    assertEquals(
        "Prefetcher.of: count is -2, expected 0 or more",
        assertThrows(
                IllegalArgumentException.class,
                () -> Prefetcher.of(-2, 1, 1, PrefetcherTest::batch))
            .getMessage());
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
