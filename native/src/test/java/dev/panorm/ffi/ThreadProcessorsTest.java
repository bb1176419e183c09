package dev.panorm.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A thread is kept off the processor that is named, and off no other. */
final class ThreadProcessorsTest {

  private static final int MOST = 1024;

  @BeforeEach
  void onLinux() {
    assumeTrue(NativePlatform.current().isLinux(), "processors are known on Linux only");
  }

  @Test
  void aThreadLeavesAProcessorAndComesBack() throws Exception {
    inThread(
        () -> {
          ThreadProcessors mine = ThreadProcessors.ofThisThread();
          List<Integer> all = allowed(mine);
          assumeTrue(all.size() > 1, "nowhere else to go");
          int here = ThreadProcessors.current();
          assertTrue(all.contains(here), "processor " + here + " of " + all);
          mine.keepOff(here);
          assertNotEquals(here, ThreadProcessors.current());
          assertEquals(all.stream().filter(p -> p != here).toList(), allowed(mine));
          int there = ThreadProcessors.current();
          mine.keepOff(there);
          assertEquals(all.stream().filter(p -> p != there).toList(), allowed(mine));
          mine.keepOff(ThreadProcessors.UNKNOWN);
          assertEquals(all, allowed(mine));
        });
  }

  @Test
  void aThreadStaysOnItsOnlyProcessor() throws Exception {
    inThread(
        () -> {
          int here = leaveOne(ThreadProcessors.ofThisThread());
          ThreadProcessors mine = ThreadProcessors.ofThisThread();
          mine.keepOff(here);
          assertEquals(List.of(here), allowed(mine));
        });
  }

  @Test
  void whatOthersHaveSetIsTheNewLimit() throws Exception {
    inThread(
        () -> {
          ThreadProcessors mine = ThreadProcessors.ofThisThread();
          assumeTrue(allowed(mine).size() > 1, "no processor to give back");
          mine.keepOff(ThreadProcessors.current());
          mine.keepOff(ThreadProcessors.UNKNOWN);
          int left = leaveOne(ThreadProcessors.ofThisThread());
          mine.keepOff(ThreadProcessors.UNKNOWN);
          assertEquals(List.of(left), allowed(mine));
        });
  }

  @Test
  void otherThreadsStayWhereTheyAre() throws Exception {
    ThreadProcessors mine = ThreadProcessors.ofThisThread();
    List<Integer> before = allowed(mine);
    inThread(() -> ThreadProcessors.ofThisThread().keepOff(before.getFirst()));
    assertEquals(before, allowed(mine));
    assertFalse(before.isEmpty());
  }

  /** Takes all processors but one from this thread, each by an object that knows of no other. */
  private static int leaveOne(ThreadProcessors mine) {
    for (List<Integer> all = allowed(mine); all.size() > 1; all = allowed(mine)) {
      ThreadProcessors.ofThisThread().keepOff(all.getLast());
    }
    return allowed(mine).getFirst();
  }

  private static List<Integer> allowed(ThreadProcessors processors) {
    return IntStream.range(0, MOST).filter(processors::allows).boxed().toList();
  }

  /** Runs in a thread of its own, whose processors may be changed. */
  private static void inThread(Runnable work) throws InterruptedException, ExecutionException {
    FutureTask<?> task = new FutureTask<>(work, true);
    Thread.ofPlatform().start(task);
    task.get();
  }
}
