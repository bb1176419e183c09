package dev.panorm.internal.backend.opencl;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.cl_mem;

/**
 * Device memory that is used again and again; guarded by the context's lock.
 *
 * <p>Since the queue keeps its order, a buffer may be given back while kernels that use it still
 * wait: whatever its next user enqueues comes after them.
 */
final class ClBufferPool {

  private static final long SMALLEST = 1024;

  private final ClContext context;
  private final Map<Long, ArrayDeque<cl_mem>> idle = new HashMap<>();

  ClBufferPool(ClContext context) {
    this.context = context;
  }

  /** Size that is kept in stock for a request: a power of two, or three quarters of one. */
  static long stockBytes(long bytes) {
    long power = Math.max(SMALLEST, Long.highestOneBit(Math.max(1, bytes - 1)) << 1);
    return bytes <= power / 4 * 3 && power > SMALLEST ? power / 4 * 3 : power;
  }

  /**
   * Returns a buffer of at least so many bytes.
   *
   * @throws ClException if the device has no room, also without what lay idle
   */
  cl_mem take(long bytes) {
    long stock = Math.min(stockBytes(bytes), Math.max(bytes, context.device().allocationBytes()));
    ArrayDeque<cl_mem> free = idle.get(stock);
    if (free != null && !free.isEmpty()) {
      return free.pop();
    }
    try {
      return context.allocate(stock);
    } catch (CLException e) {
      trim();
      return allocateAgain(bytes);
    }
  }

  private cl_mem allocateAgain(long bytes) {
    try {
      return context.allocate(bytes);
    } catch (CLException e) {
      throw context.refused("opencl: no room for " + bytes + " bytes", e);
    }
  }

  void give(cl_mem buffer) {
    long[] bytes = new long[1];
    CL.clGetMemObjectInfo(buffer, CL.CL_MEM_SIZE, Long.BYTES, Pointer.to(bytes), null);
    idle.computeIfAbsent(bytes[0], size -> new ArrayDeque<>()).push(buffer);
  }

  /** Gives idle buffers back to the device. */
  void trim() {
    context.finish();
    idle.values().forEach(buffers -> buffers.forEach(context::release));
    idle.clear();
  }
}
