package dev.panorm.bench.compare;

import java.util.ArrayList;
import java.util.List;

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
  private static final long REST_MILLIS = 15;

  private final int rounds;
  private final double warmUp;
  private final double turn;

  private Rounds(int rounds, double warmUpMillis, double turnMillis) {
    this.rounds = rounds;
    warmUp = warmUpMillis * MILLISECOND;
    turn = turnMillis * MILLISECOND;
  }

  /** Returns what figures are worth reporting with, or, quick, what shows that it runs. */
  static Rounds of(boolean quick) {
    return quick ? new Rounds(5, 300, 2) : new Rounds(15, 700, 8);
  }

  /**
   * A piece of work.
   *
   * @param enter called at the beginning of each turn
   * @param work what is timed
   */
  record Piece(Runnable enter, Runnable work) {}

  /** Returns the times of each piece, in order. */
  List<Times> time(List<Piece> pieces) {
    int count = pieces.size();
    int[] calls = new int[count];
    for (int i = 0; i < count; i++) {
      pieces.get(i).enter().run();
      calls[i] = warm(pieces.get(i).work());
    }
    double[][] nanoseconds = new double[count][rounds];
    for (int round = 0; round < rounds; round++) {
      for (int k = 0; k < count; k++) {
        int i = (round + k) % count;
        rest();
        pieces.get(i).enter().run();
        nanoseconds[i][round] = turn(pieces.get(i).work(), calls[i]);
      }
    }
    List<Times> times = new ArrayList<>();
    for (double[] values : nanoseconds) {
      times.add(new Times(values));
    }
    return times;
  }

  /** Runs the work for a while and returns how many calls fill a turn. */
  private int warm(Runnable work) {
    long start = System.nanoTime();
    long calls = 0;
    double last;
    do {
      long before = System.nanoTime();
      work.run();
      calls++;
      last = (double) (System.nanoTime() - before);
    } while (System.nanoTime() - start < warmUp || calls < 2);
    return (int) Math.max(1, Math.min((double) calls, turn / last));
  }

  private static void rest() {
    try {
      Thread.sleep(REST_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static double turn(Runnable work, int calls) {
    for (int i = 0; i < (calls + 3) / 4; i++) {
      work.run();
    }
    long start = System.nanoTime();
    for (int i = 0; i < calls; i++) {
      work.run();
    }
    return (double) (System.nanoTime() - start) / calls;
  }
}
