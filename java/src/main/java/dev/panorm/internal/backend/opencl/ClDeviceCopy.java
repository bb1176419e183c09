package dev.panorm.internal.backend.opencl;

import dev.panorm.DeviceSide;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.cl_mem;
import org.jspecify.annotations.Nullable;

/**
 * The copy of a storage in the memory of a device. At most one side is ahead; bytes move when the
 * other is asked for.
 *
 * <p>Transfers block, so no queued work ever touches the host's memory.
 */
final class ClDeviceCopy implements DeviceSide {

  private enum Newer {
    HOST,
    NEITHER,
    DEVICE
  }

  private final ClContext context;
  private final long address;
  private final long bytes;
  private @Nullable cl_mem buffer;
  private Newer newer = Newer.HOST;

  ClDeviceCopy(ClContext context, long address, long bytes) {
    this.context = context;
    this.address = address;
    this.bytes = bytes;
  }

  boolean belongsTo(ClContext other) {
    return context == other;
  }

  /** Returns the device's memory for a kernel that reads it; holds the context's lock. */
  cl_mem forReading() {
    cl_mem memory = memory();
    if (newer == Newer.HOST) {
      CL.clEnqueueWriteBuffer(
          context.queue(), memory, true, 0, bytes, ClContext.hostPointer(address), 0, null, null);
      newer = Newer.NEITHER;
    }
    return memory;
  }

  /** Returns the device's memory for a kernel that writes all of it, or a part of what is there. */
  cl_mem forWriting(boolean whole) {
    cl_mem memory = whole ? memory() : forReading();
    newer = Newer.DEVICE;
    return memory;
  }

  private cl_mem memory() {
    cl_mem memory = buffer;
    if (memory == null) {
      memory = context.pool().take(bytes);
      buffer = memory;
    }
    return memory;
  }

  @Override
  public void beforeHostRead() {
    locked(this::fetch);
  }

  @Override
  public void beforeHostWrite(boolean whole) {
    locked(
        () -> {
          if (!whole) {
            fetch();
          }
          newer = Newer.HOST;
        });
  }

  @Override
  public void release() {
    locked(
        () -> {
          if (buffer != null) {
            context.pool().give(buffer);
            buffer = null;
          }
        });
  }

  private void fetch() {
    cl_mem memory = buffer;
    if (newer == Newer.DEVICE && memory != null) {
      try {
        CL.clEnqueueReadBuffer(
            context.queue(), memory, true, 0, bytes, ClContext.hostPointer(address), 0, null, null);
      } catch (CLException e) {
        throw context.refused("opencl: reading " + bytes + " bytes back", e);
      }
      newer = Newer.NEITHER;
    }
  }

  private void locked(Runnable action) {
    context.lock().lock();
    try {
      action.run();
    } finally {
      context.lock().unlock();
    }
  }
}
