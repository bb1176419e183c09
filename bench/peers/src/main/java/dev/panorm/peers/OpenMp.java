package dev.panorm.peers;

/** OpenMP, which reads its number of threads from the environment when it is loaded. */
final class OpenMp {

  /** Name of the process of the peers that share one OpenMP. */
  static final String PROCESS = "openmp";

  private static final String VARIABLE = "OMP_NUM_THREADS";

  private OpenMp() {}

  /** Fails unless the environment says how many threads are wanted. */
  static void require(int threads) {
    String set = System.getenv(VARIABLE);
    if (!Integer.toString(threads).equals(set)) {
      throw new IllegalStateException(VARIABLE + " is " + set + ", expected " + threads);
    }
  }
}
