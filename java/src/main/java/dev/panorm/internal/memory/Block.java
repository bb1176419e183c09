package dev.panorm.internal.memory;

import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A run of off-heap memory that the {@link SegmentPool} lends out again and again.
 *
 * <p>The same object travels between the pool and its borrowers, so that lending costs no Java
 * heap.
 */
public final class Block {

  private static final VarHandle LENT;

  static {
    try {
      LENT = MethodHandles.lookup().findVarHandle(Block.class, "lent", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final long address;
  private final long byteSize;
  private final @Nullable Arena arena;

  @SuppressWarnings("unused") // through LENT
  private volatile boolean lent;

  /**
   * @param arena owner of the memory where the block is one allocation of its own, null where it
   *     was carved from a chunk
   */
  Block(long address, long byteSize, @Nullable Arena arena) {
    this.address = address;
    this.byteSize = byteSize;
    this.arena = arena;
  }

  /** Returns the absolute address, aligned as {@link SegmentPool#ALIGNMENT} says. */
  public long address() {
    return address;
  }

  /** Returns the usable size in bytes, at least what was asked for. */
  public long byteSize() {
    return byteSize;
  }

  void lend() {
    if (!LENT.compareAndSet(this, false, true)) {
      throw new IllegalStateException("a block that is in use was lent again");
    }
  }

  void takeBack() {
    if (!LENT.compareAndSet(this, true, false)) {
      throw new IllegalStateException("a block was given back twice");
    }
  }

  /** Gives the memory back to the operating system; false where it belongs to a chunk. */
  boolean free() {
    if (arena == null) {
      return false;
    }
    arena.close();
    return true;
  }
}
