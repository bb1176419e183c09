package dev.panorm.distributed;

import dev.panorm.internal.check.Check;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Workers that are threads of this process.
 *
 * {@snippet :
 * List<Double> losses = ThreadWorkers.run(2, workers -> train(share(workers.rank()), workers));
 * }
 */
public final class ThreadWorkers {

  private final int count;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition complete = lock.newCondition();

  /** What the workers have given in the present round, by rank. */
  private List<double @Nullable []> round;

  private long rounds;
  private int given;
  private int ended;
  private @Nullable Throwable failure;

  private ThreadWorkers(int count) {
    this.count = count;
    round = emptyRound();
  }

  /**
   * Runs a task once as each worker, each in a thread of its own, and returns their results in the
   * order of the ranks when all have ended.
   *
   * <p>What a worker throws is thrown here, after the others have ended; those that wait for it, or
   * would, end with an {@link IllegalStateException}.
   *
   * @param count number of workers, 1 or more
   * @param <T> what a worker returns
   * @throws CancellationException if this thread is interrupted while it waits; the workers have
   *     ended then
   */
  public static <T> List<T> run(int count, Function<Workers, T> task) {
    Check.that(count >= 1, "ThreadWorkers.run", "count", count, "1 or more");
    ThreadWorkers group = new ThreadWorkers(count);
    Map<Integer, T> results = new ConcurrentSkipListMap<>();
    List<Thread> threads = new ArrayList<>();
    for (int rank = 0; rank < count; rank++) {
      Member worker = group.new Member(rank);
      threads.add(
          Thread.ofPlatform()
              .daemon()
              .name("panorm-distributed-" + rank)
              .start(() -> group.run(worker, task, results)));
    }
    group.await(threads);
    return List.copyOf(results.values());
  }

  private <T> void run(Member worker, Function<Workers, T> task, Map<Integer, T> results) {
    Throwable thrown = null;
    try {
      results.put(worker.rank(), task.apply(worker));
    } catch (RuntimeException | Error e) {
      thrown = e;
    }
    end(thrown);
  }

  /** A worker has ended: whoever waits for it now waits in vain. */
  private void end(@Nullable Throwable thrown) {
    lock.lock();
    try {
      ended++;
      if (failure == null) {
        failure = thrown;
      }
      complete.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void await(List<Thread> threads) {
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
          threads.forEach(Thread::interrupt);
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
      throw new CancellationException("ThreadWorkers.run: interrupted while waiting for workers");
    }
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure != null) {
      throw (RuntimeException) failure;
    }
  }

  private List<double @Nullable []> emptyRound() {
    return Arrays.asList(new double @Nullable [count][]);
  }

  private List<double[]> exchange(int rank, double[] mine) {
    lock.lock();
    try {
      List<double @Nullable []> present = round;
      long number = rounds;
      present.set(rank, mine.clone());
      given++;
      if (given == count) {
        round = emptyRound();
        rounds++;
        given = 0;
        complete.signalAll();
      }
      while (rounds == number) {
        checkOthers();
        complete.await();
      }
      return checked(present);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      CancellationException cancelled =
          new CancellationException("allGather: interrupted while waiting for other workers");
      cancelled.initCause(e);
      throw cancelled;
    } finally {
      lock.unlock();
    }
  }

  private void checkOthers() {
    if (ended > 0) {
      throw new IllegalStateException(
          "allGather: " + ended + " of " + count + " workers ended before they gave their part",
          failure);
    }
  }

  private static List<double[]> checked(List<double @Nullable []> gathered) {
    List<double[]> all = gathered.stream().map(Objects::requireNonNull).toList();
    int length = all.getFirst().length;
    for (int rank = 1; rank < all.size(); rank++) {
      Check.that(
          all.get(rank).length == length,
          "allGather",
          "what worker " + rank + " gave",
          all.get(rank).length + " numbers",
          length + ", as worker 0");
    }
    return all;
  }

  /** One worker. */
  private final class Member implements Workers {

    private final int rank;

    Member(int rank) {
      this.rank = rank;
    }

    @Override
    public int rank() {
      return rank;
    }

    @Override
    public int count() {
      return count;
    }

    @Override
    public List<double[]> allGather(double... mine) {
      return exchange(rank, mine);
    }
  }
}
