package dev.panorm.internal.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.Panorm;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class WorkerPoolTest {

  private static final int THREADS = Panorm.threads();

  private final WorkerPool pool = WorkerPool.shared();

  @AfterEach
  void restoreThreads() {
    Panorm.setThreads(THREADS);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8})
  void everyPartRunsExactlyOnceWhateverTheNumberOfThreads(int threads) {
    Panorm.setThreads(threads);
    for (int parts : new int[] {0, 1, 2, 7, 64}) {
      for (int round = 0; round < 200; round++) {
        AtomicIntegerArray seen = new AtomicIntegerArray(parts);
        pool.run(parts, seen::incrementAndGet);
        for (int part = 0; part < parts; part++) {
          assertEquals(1, seen.get(part), "part " + part + " of " + parts);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void theCallerBeginsAtTheFrontOfItsOwnRange(int threads) {
    Panorm.setThreads(threads);
    Thread caller = Thread.currentThread();
    AtomicInteger first = new AtomicInteger(-1);
    CountDownLatch begun = new CountDownLatch(1);
    pool.run(
        8,
        part -> {
          if (!Thread.currentThread().equals(caller)) {
            awaitOther(begun);
          } else if (begun.getCount() > 0) {
            first.set(part);
            begun.countDown();
          }
        });
    assertEquals(0, first.get());
  }

  @Test
  void partsThatOneThreadDoesNotReachAreDoneByTheOther() {
    Panorm.setThreads(2);
    CountDownLatch othersDone = new CountDownLatch(7);
    pool.run(
        8,
        part -> {
          if (part == 0) {
            awaitOther(othersDone);
          } else {
            othersDone.countDown();
          }
        });
    assertEquals(0, othersDone.getCount());
  }

  @Test
  void noPartRunsBehindTheOperation() {
    Panorm.setThreads(4);
    AtomicInteger running = new AtomicInteger();
    for (int round = 0; round < 2000; round++) {
      pool.run(
          5,
          part -> {
            running.incrementAndGet();
            Thread.onSpinWait();
            running.decrementAndGet();
          });
      assertEquals(0, running.get(), "round " + round);
    }
  }

  @Test
  void aWorkerThatSleepsComesToALongOperation() throws InterruptedException {
    Panorm.setThreads(2);
    for (int round = 0; round < 20; round++) {
      Thread.sleep(5);
      CountDownLatch both = new CountDownLatch(2);
      pool.run(
          2,
          part -> {
            both.countDown();
            awaitOther(both);
          });
      assertEquals(0, both.getCount());
    }
  }

  private static void awaitOther(CountDownLatch latch) {
    try {
      assertTrue(latch.await(60, TimeUnit.SECONDS), "the other thread never came");
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aChangingNumberOfThreadsNeverRunsAPartTwice() {
    for (int round = 0; round < 2000; round++) {
      Panorm.setThreads(1 + round % 5);
      AtomicIntegerArray seen = new AtomicIntegerArray(9);
      pool.run(9, seen::incrementAndGet);
      for (int part = 0; part < 9; part++) {
        assertEquals(1, seen.get(part), "round " + round);
      }
    }
  }

  @Test
  void aFailingPartIsReportedAndThePoolGoesOn() {
    Panorm.setThreads(2);
    for (int round = 0; round < 100; round++) {
      IllegalStateException thrown =
          assertThrows(
              IllegalStateException.class,
              () ->
                  pool.run(
                      8,
                      part -> {
                        if (part == 5) {
                          throw new IllegalStateException("part five");
                        }
                      }));
      assertEquals("part five", thrown.getMessage());
    }
    everyPartRunsExactlyOnceWhateverTheNumberOfThreads(2);
  }

  @Test
  void partsMayThemselvesRunPartsAndManyCallersMayCallAtOnce() throws InterruptedException {
    Panorm.setThreads(3);
    Set<String> done = ConcurrentHashMap.newKeySet();
    List<Thread> callers = new ArrayList<>();
    for (int caller = 0; caller < 4; caller++) {
      String name = "caller " + caller + " part ";
      callers.add(
          Thread.ofPlatform()
              .start(
                  () ->
                      pool.run(
                          5, outer -> pool.run(3, inner -> done.add(name + outer + "." + inner)))));
    }
    for (Thread caller : callers) {
      caller.join();
    }
    assertEquals(4 * 5 * 3, done.size());
    assertTrue(done.contains("caller 3 part 4.2"));
  }
}
