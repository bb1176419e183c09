package dev.panorm.bench.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Times several pieces of work turn by turn: each round runs every piece for a few milliseconds,
 * each round beginning with another.
 *
 * <p>Not JMH, which measures one benchmark after the other in processes of their own: on a shared
 * machine minutes lie between them, and what the neighbours do in these moves the ratios that are
 * asked for by tens of per cent. Here both sides of a ratio see the same moments, clock and caches.
 * Each turn begins with a rest, in which the threads of the piece before stop waiting actively
 * (OpenMP's take milliseconds for that), and with calls that do not count, which fill the caches.
 */
final class Rounds {

  private static final double MILLISECOND = 1e6;
  private static final long REST_MILLIS = 12;

  /**
   * The JIT, which has a thread of its own, for which one of the work's has to wait on two
   * processors; null where nothing is compiled.
   */
  private static final @Nullable CompilationMXBean COMPILER =
      ManagementFactory.getCompilationMXBean();

  /** So long the JIT has to be idle before the warm-up ends. */
  private static final double IDLE = 700 * MILLISECOND;

  /** At most so many times as long as it should a warm-up waits for that. */
  private static final double PATIENCE = 10;

  /** Calls longer than this many turns take part in every third round only. */
  private static final double SLOW = 10;

  private final int rounds;
  private final double warmUp;
  private final double turn;

  private Rounds(int rounds, double warmUpMillis, double turnMillis) {
    this.rounds = rounds;
    warmUp = warmUpMillis * MILLISECOND;
    turn = turnMillis * MILLISECOND;
  }

  /**
   * Returns what figures are worth reporting with, or, quick, what shows that it runs.
   *
   * @param steps whether whole training steps are timed, whose hundreds of methods take longer to
   *     compile than a kernel
   */
  static Rounds of(boolean quick, boolean steps) {
    return quick ? new Rounds(5, 200, 2) : new Rounds(11, steps ? 5000 : 600, steps ? 100 : 6);
  }

  /**
   * A piece of work.
   *
   * @param enter called at the beginning of each turn
   * @param call what is timed
   */
  record Piece(Runnable enter, Call call) {}

  /** Returns the times of each piece, in order. */
  List<Times> time(List<Piece> pieces) {
    double[] lasts = new double[pieces.size()];
    List<Times> times = new ArrayList<>();
    for (int i = 0; i < lasts.length; i++) {
      pieces.get(i).enter().run();
      lasts[i] = warm(pieces.get(i).call());
      times.add(new Times(rounds));
    }
    try (Counters counters = new Counters()) {
      for (int round = 0; round < rounds; round++) {
        for (int k = 0; k < lasts.length; k++) {
          int i = (round + k) % lasts.length;
          if (lasts[i] <= SLOW * turn || round % 3 == 0) {
            int calls = (int) Math.clamp(turn / lasts[i], 1, 1e6);
            rest();
            pieces.get(i).enter().run();
            turn(pieces.get(i).call(), calls, counters, times.get(i));
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return times;
  }

  /**
   * Runs the work for a while, and until the JIT has nothing to do, and returns what a call takes
   * at best, by which the calls of a turn are counted: by a call that was disturbed, a turn would
   * be one call behind a rest.
   */
  private double warm(Call call) {
    long start = System.nanoTime();
    long busy = start;
    long compiled = 0;
    int calls = 1;
    double least = Double.POSITIVE_INFINITY;
    long now;
    do {
      double last = (double) call.time(calls) / calls;
      least = Math.min(least, last);
      calls = (int) Math.clamp(MILLISECOND / last, 1, 2.0 * calls);
      now = System.nanoTime();
      long total = COMPILER == null ? 0 : COMPILER.getTotalCompilationTime();
      if (total != compiled) {
        compiled = total;
        busy = now;
      }
    } while (now - start < warmUp || (now - busy < IDLE && now - start < PATIENCE * warmUp));
    return least;
  }

  private static void rest() {
    try {
      Thread.sleep(REST_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void turn(Call call, int calls, Counters counters, Times times) {
    call.time((calls + 3) / 4);
    double pages = counters.pages();
    long heap = counters.heapBytes();
    long time = call.time(calls);
    heap = counters.heapBytes() - heap;
    times.add((double) time / calls, (double) heap / calls, (counters.pages() - pages) / calls);
  }
}
