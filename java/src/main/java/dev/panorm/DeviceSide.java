package dev.panorm;

/**
 * The copy of a storage that a backend keeps on its device, or its view of the same memory.
 *
 * <p>Exactly one side may be ahead of the other. The storage asks before the host touches its
 * memory, so bytes move only where the side that needs them is stale. A backend attaches its side
 * with {@link Storage#attach} and reads it with {@link Storage#deviceSide}; it is called with the
 * storage alive, from any thread.
 */
public interface DeviceSide {

  /** Brings the host's memory up to date and waits for queued work that writes it. */
  void beforeHostRead();

  /**
   * Makes the host's memory the newer side and waits for queued work that uses it.
   *
   * @param whole whether every byte will be overwritten, so that nothing has to be fetched first
   */
  void beforeHostWrite(boolean whole);

  /**
   * Waits for queued work and releases what the device holds; called once, before the host's memory
   * is given up.
   */
  void release();
}
