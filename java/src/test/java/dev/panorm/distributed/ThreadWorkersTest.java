package dev.panorm.distributed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.Scope;
import dev.panorm.nn.Parameter;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60) // only against a hang
final class ThreadWorkersTest {

  @Test
  void everyWorkerSeesWhatAllGaveInTheOrderOfTheRanks() {
    List<double[]> results =
        ThreadWorkers.run(
            4,
            workers -> {
              double total = 0;
              for (int round = 0; round < 500; round++) {
                List<double[]> all = workers.allGather(workers.rank(), round);
                for (int rank = 0; rank < 4; rank++) {
                  assertArrayEquals(new double[] {rank, round}, all.get(rank));
                }
                total += workers.allSum(workers.rank())[0];
              }
              return new double[] {total, workers.count()};
            });
    assertEquals(4, results.size());
    results.forEach(result -> assertArrayEquals(new double[] {3000, 4}, result));
  }

  @Test
  void whatAWorkerThrowsIsThrownAndNobodyWaits() {
    IllegalArgumentException broken = new IllegalArgumentException("worker 1 is broken");
    IllegalArgumentException thrown =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                ThreadWorkers.run(
                    3,
                    workers -> {
                      workers.allGather(1);
                      if (workers.rank() == 1) {
                        throw broken;
                      }
                      return workers.allGather(2);
                    }));
    assertSame(broken, thrown);
  }

  @Test
  void aWorkerThatEndsEarlyIsMissed() {
    IllegalStateException missed =
        assertThrows(
            IllegalStateException.class,
            () ->
                ThreadWorkers.run(
                    2, workers -> workers.rank() == 0 ? List.of() : workers.allGather(1)));
    assertEquals(
        "allGather: 1 of 2 workers ended before they gave their part", missed.getMessage());
  }

  @Test
  void allGiveAsManyNumbers() {
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                ThreadWorkers.run(2, workers -> workers.allGather(new double[1 + workers.rank()])));
    assertEquals(
        "allGather: what worker 1 gave is 2 numbers, expected 1, as worker 0",
        refused.getMessage());
  }

  @Test
  void anInterruptedCallerEndsTheWorkers() {
    Thread caller = Thread.currentThread();
    assertThrows(
        CancellationException.class,
        () ->
            ThreadWorkers.run(
                2,
                workers -> {
                  if (workers.rank() == 0) {
                    caller.interrupt();
                    while (!Thread.currentThread().isInterrupted()) {
                      Thread.onSpinWait();
                    }
                    return List.of();
                  }
                  return workers.allGather(1);
                }));
    assertTrue(Thread.interrupted());
  }

  @Test
  void gradientsAreSummedWhereSomeWorkerHasOne() {
    List<Boolean> done =
        ThreadWorkers.run(
            3,
            workers -> {
              try (Parameter some = new Parameter(Parameter.Role.WEIGHT, 2);
                  Parameter none = new Parameter(Parameter.Role.WEIGHT, 1);
                  Scope scope = Scope.open()) {
                if (workers.rank() != 1) {
                  some.backward(scope.of(new float[] {1, workers.rank()}, 2));
                }
                Replicas.sumGradients(workers, List.of(some, none));
                assertArrayEquals(
                    new double[] {2, 2}, Objects.requireNonNull(some.grad()).toDoubleArray());
                assertNull(none.grad());
                return true;
              }
            });
    assertEquals(List.of(true, true, true), done);
  }

  @Test
  void atLeastOneWorker() {
    assertEquals(
        "ThreadWorkers.run: count is 0, expected 1 or more",
        assertThrows(IllegalArgumentException.class, () -> ThreadWorkers.run(0, workers -> workers))
            .getMessage());
  }
}
