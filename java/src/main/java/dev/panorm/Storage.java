package dev.panorm;

import dev.panorm.internal.memory.Block;
import dev.panorm.internal.memory.SegmentPool;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A run of off-heap memory with one lifetime, shared by a tensor and its views.
 *
 * <p>Memory from the pool dies when its scope closes; memory of the user's is only borrowed. An
 * operation {@link #retain()}s what it touches: a close that comes while it runs takes effect for
 * everybody at once, but the memory goes back to the pool only with the last {@link #release()}.
 * All methods may be called from any thread.
 */
public final class Storage {

  private static final int CLOSED = Integer.MIN_VALUE;
  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(Storage.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final long address;
  private final long byteSize;
  private final @Nullable Block block;
  private final @Nullable MemorySegment borrowed;
  private volatile @Nullable DeviceSide deviceSide;
  private @Nullable Arena handedOut;
  private @Nullable MemorySegment handedOutSegment;

  @SuppressWarnings(
      "unused") // through STATE: the number of holders, with the sign bit set once closed
  private volatile int state;

  private Storage(
      long address, long byteSize, @Nullable Block block, @Nullable MemorySegment borrowed) {
    this.address = address;
    this.byteSize = byteSize;
    this.block = block;
    this.borrowed = borrowed;
  }

  /** Takes memory from the pool; contents undefined. */
  static Storage pooled(long byteSize) {
    Block block = SegmentPool.shared().take(byteSize);
    return new Storage(block.address(), byteSize, block, null);
  }

  /** Borrows a user's native segment. */
  static Storage borrowed(MemorySegment segment) {
    return new Storage(segment.address(), segment.byteSize(), null, segment);
  }

  /** Returns the absolute address of the first byte. */
  public long address() {
    return address;
  }

  /** Returns the size in bytes. */
  public long byteSize() {
    return byteSize;
  }

  /** Returns whether the memory may be used now. */
  public boolean isAlive() {
    return state >= 0 && (borrowed == null || borrowed.scope().isAlive());
  }

  /** Returns whether the memory is the user's, who alone knows when it ends. */
  public boolean isBorrowed() {
    return borrowed != null;
  }

  /** Returns whether the memory may only be read: writing it would kill the process. */
  public boolean isReadOnly() {
    return borrowed != null && borrowed.isReadOnly();
  }

  /**
   * Keeps the memory until {@link #release()}.
   *
   * @throws IllegalStateException if it is dead, or borrowed from an arena that this thread may not
   *     use
   */
  public void retain() {
    int seen;
    do {
      seen = (int) STATE.getVolatile(this);
      if (seen < 0) {
        throw new IllegalStateException("tensor: its scope is closed");
      }
    } while (!STATE.compareAndSet(this, seen, seen + 1));
    if (borrowed != null) {
      checkBorrowed(borrowed);
    }
  }

  private void checkBorrowed(MemorySegment segment) {
    boolean alive = segment.scope().isAlive();
    if (!alive || !segment.isAccessibleBy(Thread.currentThread())) {
      release();
      throw new IllegalStateException(
          "tensor: the wrapped segment "
              + (alive ? "belongs to another thread" : "has been closed by its owner"));
    }
  }

  /** Ends one {@link #retain()}. */
  public void release() {
    if ((int) STATE.getAndAdd(this, -1) - 1 == CLOSED) {
      free();
    }
  }

  /** Returns the device's side, null where there is none. */
  public @Nullable DeviceSide deviceSide() {
    return deviceSide;
  }

  /**
   * Attaches a device's side; the storage must be retained by the caller and have no other.
   *
   * @throws IllegalStateException if another device holds a side already
   */
  public synchronized void attach(DeviceSide side) {
    if (deviceSide != null) {
      throw new IllegalStateException("tensor: a device holds a side of it already");
    }
    deviceSide = side;
  }

  /** Returns the memory as a segment that throws once the storage is closed, whoever closes it. */
  @SuppressWarnings("restricted") // the memory is the pool's own
  synchronized MemorySegment segment() {
    if (!isAlive()) {
      throw new IllegalStateException("tensor: its scope is closed");
    }
    if (borrowed != null) {
      return borrowed;
    }
    if (handedOutSegment == null) {
      Arena arena = Arena.ofShared();
      handedOut = arena;
      handedOutSegment = MemorySegment.ofAddress(address).reinterpret(byteSize, arena, null);
    }
    return handedOutSegment;
  }

  /**
   * Ends the storage: whoever uses it from now on gets an exception. A second call does nothing.
   *
   * @throws IllegalStateException if native code of the user's works on a segment that was handed
   *     out; the storage stays alive
   */
  synchronized void close() {
    if (state < 0) {
      return;
    }
    if (handedOut != null) {
      handedOut.close();
      handedOut = null;
    }
    if ((int) STATE.getAndBitwiseOr(this, CLOSED) == 0) {
      free();
    }
  }

  private void free() {
    DeviceSide side = deviceSide;
    if (side != null) {
      side.release();
    }
    if (block != null) {
      SegmentPool.shared().give(block);
    }
  }
}
