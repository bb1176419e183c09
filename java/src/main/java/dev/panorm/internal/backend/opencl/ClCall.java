package dev.panorm.internal.backend.opencl;

import dev.panorm.Tensor;
import dev.panorm.internal.memory.Block;
import dev.panorm.internal.memory.SegmentPool;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.cl_event;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;
import org.jspecify.annotations.Nullable;

/**
 * One operation on a device: brings its tensors there, launches kernels, and cleans up.
 *
 * <p>Where host and device share memory, buffers are laid over the tensors and the call waits for
 * its kernels in {@link #close()}, so nothing queued outlives the operation's hold on the tensors.
 * On a device with memory of its own the call only enqueues: results stay there until the host
 * asks.
 */
final class ClCall implements AutoCloseable {

  private final ClContext context;
  private final String operation;
  private final Map<Place, ClOperand> known = new HashMap<>();
  private final List<Runnable> afterKernels = new ArrayList<>();
  private final List<Runnable> afterFinish = new ArrayList<>();
  private final Map<cl_event, String> events = new HashMap<>();
  private final List<Span> spans = new ArrayList<>();

  ClCall(ClContext context, String operation) {
    this.context = context;
    this.operation = operation;
    context.lock().lock();
  }

  ClContext context() {
    return context;
  }

  /** Returns a tensor that kernels read; null for null. */
  @Nullable ClOperand read(@Nullable Tensor tensor) {
    return operand(tensor, Access.READ);
  }

  /** Returns a tensor that kernels overwrite; null for null. */
  @Nullable ClOperand write(@Nullable Tensor tensor) {
    return operand(tensor, Access.WRITE);
  }

  /** Returns a tensor that kernels read and write; null for null. */
  @Nullable ClOperand update(@Nullable Tensor tensor) {
    return operand(tensor, Access.UPDATE);
  }

  /** Returns memory for this call alone, contents undefined. */
  ClOperand scratch(long bytes) {
    try {
      return context.profile().ownMemory() ? deviceScratch(bytes) : hostScratch(bytes);
    } catch (CLException e) {
      throw context.refused(operation + ": " + bytes + " bytes of scratch memory", e);
    }
  }

  /** Begins a launch. */
  ClLaunch launch(ClKernels kernels, String kernel) {
    return new ClLaunch(this, kernels, kernel);
  }

  /** What makes two operands one: views may start together and end apart. */
  private record Place(long address, long bytes) {}

  private enum Access {
    READ,
    WRITE,
    UPDATE
  }

  private @Nullable ClOperand operand(@Nullable Tensor tensor, Access access) {
    if (tensor == null) {
      return null;
    }
    try {
      return context.profile().ownMemory() ? copied(tensor, access) : shared(tensor, access);
    } catch (CLException e) {
      throw context.refused(operation + ": memory of " + tensor, e);
    }
  }

  // ------------------------------------------------------------------------------ the host's own
  // memory

  private ClOperand shared(Tensor tensor, Access access) {
    long address =
        switch (access) {
          case READ -> tensor.readAddress();
          case WRITE -> tensor.writeAddress();
          case UPDATE -> tensor.updateAddress();
        };
    ClOperand operand =
        known.computeIfAbsent(
            new Place(address, tensor.byteSize()), place -> hostMemory(address, place.bytes()));
    cl_mem buffer = operand.buffer();
    if (access != Access.READ && buffer != null) {
      afterKernels.add(() -> showToHost(buffer, tensor.byteSize()));
    }
    return operand;
  }

  private ClOperand hostMemory(long address, long bytes) {
    if (bytes > context.device().allocationBytes() && context.device().sharesAddresses()) {
      return new ClOperand(null, address);
    }
    cl_mem buffer = context.wrap(address, bytes);
    afterFinish.add(() -> context.release(buffer));
    return new ClOperand(buffer, 0);
  }

  private ClOperand hostScratch(long bytes) {
    Block block = SegmentPool.shared().take(bytes);
    afterFinish.add(() -> SegmentPool.shared().give(block));
    return hostMemory(block.address(), Math.max(1, bytes));
  }

  /**
   * Mapping is what makes results visible to the host; where memory is shared it copies nothing.
   */
  private void showToHost(cl_mem buffer, long bytes) {
    for (long from = 0; from < bytes; from += WINDOW) {
      var window =
          CL.clEnqueueMapBuffer(
              context.queue(),
              buffer,
              false,
              CL.CL_MAP_READ,
              from,
              Math.min(WINDOW, bytes - from),
              0,
              null,
              null,
              null);
      CL.clEnqueueUnmapMemObject(context.queue(), buffer, window, 0, null, null);
    }
  }

  /** A mapped piece must fit a Java buffer. */
  private static final long WINDOW = 1 << 30;

  // ------------------------------------------------------------------------------- the device's
  // own memory

  private ClOperand deviceScratch(long bytes) {
    cl_mem buffer = context.pool().take(bytes);
    afterKernels.add(() -> context.pool().give(buffer));
    return new ClOperand(buffer, 0);
  }

  private ClOperand copied(Tensor tensor, Access access) {
    Place place = new Place(tensor.storage().address() + tensor.byteOffset(), tensor.byteSize());
    ClDeviceCopy copy = deviceCopy(tensor);
    ClOperand operand = known.get(place);
    if (operand == null) {
      operand = copy == null ? passing(tensor, access) : part(tensor, copy, access);
      known.put(place, operand);
    } else if (access != Access.READ) {
      write(tensor, copy, operand);
    }
    return operand;
  }

  /** An operand that the call has read before is now written too. */
  private void write(Tensor tensor, @Nullable ClDeviceCopy copy, ClOperand operand) {
    if (copy == null) {
      download(tensor, operand);
    } else {
      copy.forWriting(true);
    }
  }

  /** The side that stays with the storage; null where the storage is not ours to attach to. */
  private @Nullable ClDeviceCopy deviceCopy(Tensor tensor) {
    var storage = tensor.storage();
    var side = storage.deviceSide();
    if (side == null && !storage.isBorrowed()) {
      ClDeviceCopy created = new ClDeviceCopy(context, storage.address(), storage.byteSize());
      storage.attach(created);
      return created;
    }
    return side instanceof ClDeviceCopy copy && copy.belongsTo(context) ? copy : null;
  }

  /** Memory that goes to the device and back with this call. */
  private ClOperand passing(Tensor tensor, Access access) {
    ClOperand operand = deviceScratch(tensor.byteSize());
    if (access != Access.WRITE) {
      CL.clEnqueueWriteBuffer(
          context.queue(),
          operand.buffer(),
          true,
          0,
          tensor.byteSize(),
          ClContext.hostPointer(tensor.readAddress()),
          0,
          null,
          null);
    }
    if (access != Access.READ) {
      download(tensor, operand);
    }
    return operand;
  }

  private void download(Tensor tensor, ClOperand operand) {
    afterKernels.add(
        () ->
            CL.clEnqueueReadBuffer(
                context.queue(),
                operand.buffer(),
                true,
                0,
                tensor.byteSize(),
                ClContext.hostPointer(tensor.writeAddress()),
                0,
                null,
                null));
  }

  /** The tensor's part of its storage's copy. */
  private ClOperand part(Tensor tensor, ClDeviceCopy copy, Access access) {
    boolean whole = tensor.byteSize() == tensor.storage().byteSize();
    cl_mem memory =
        access == Access.READ
            ? copy.forReading()
            : copy.forWriting(whole && access == Access.WRITE);
    if (tensor.byteOffset() == 0) {
      return new ClOperand(memory, 0);
    }
    if (tensor.byteOffset() % context.device().addressBytes() == 0) {
      cl_mem part = context.part(memory, tensor.byteOffset(), tensor.byteSize());
      afterKernels.add(() -> context.release(part));
      return new ClOperand(part, 0);
    }
    return movedPart(tensor, memory, access);
  }

  /** A part that starts where a buffer cannot. */
  private ClOperand movedPart(Tensor tensor, cl_mem memory, Access access) {
    ClOperand operand = deviceScratch(tensor.byteSize());
    if (access != Access.WRITE) {
      move(memory, tensor.byteOffset(), operand.buffer(), 0, tensor.byteSize());
    }
    if (access != Access.READ) {
      afterKernels.addFirst(
          () -> move(operand.buffer(), 0, memory, tensor.byteOffset(), tensor.byteSize()));
    }
    return operand;
  }

  private void move(
      @Nullable cl_mem from, long fromByte, @Nullable cl_mem to, long toByte, long n) {
    CL.clEnqueueCopyBuffer(context.queue(), from, to, fromByte, toByte, n, 0, null, null);
  }

  // ---------------------------------------------------------------------------------------- launch
  // and end

  void enqueue(ClKernels kernels, String name, cl_kernel kernel, long groups) {
    long local = kernels.shape().localSize();
    cl_event event = context.timings() == null ? null : new cl_event();
    CL.clEnqueueNDRangeKernel(
        context.queue(),
        kernel,
        1,
        null,
        new long[] {groups * local},
        new long[] {local},
        0,
        null,
        event);
    if (event != null) {
      events.put(event, name);
    }
  }

  /**
   * Enqueues what another library launches, and times all of it as one: from the end of what was
   * enqueued before to its own end.
   */
  void timed(String name, Runnable enqueue) {
    if (context.timings() == null) {
      enqueue.run();
      return;
    }
    cl_event before = marker();
    enqueue.run();
    spans.add(new Span(name, before, marker()));
  }

  private cl_event marker() {
    cl_event event = new cl_event();
    CL.clEnqueueMarkerWithWaitList(context.queue(), 0, null, event);
    return event;
  }

  /** Two markers around launches. */
  private record Span(String name, cl_event before, cl_event after) {}

  String operation() {
    return operation;
  }

  @Override
  public void close() {
    try {
      afterKernels.forEach(Runnable::run);
      if (!context.profile().ownMemory() || !(events.isEmpty() && spans.isEmpty())) {
        context.finish();
      }
      events.forEach(this::collect);
      spans.forEach(this::collect);
    } catch (CLException e) {
      throw context.refused(operation, e);
    } finally {
      afterFinish.forEach(Runnable::run);
      context.lock().unlock();
    }
  }

  private void collect(cl_event event, String kernel) {
    ClTimings timings = context.timings();
    if (timings != null) {
      timings.add(
          kernel,
          time(event, CL.CL_PROFILING_COMMAND_END) - time(event, CL.CL_PROFILING_COMMAND_START));
    }
    CL.clReleaseEvent(event);
  }

  private void collect(Span span) {
    ClTimings timings = context.timings();
    if (timings != null) {
      timings.add(
          span.name(),
          time(span.after(), CL.CL_PROFILING_COMMAND_END)
              - time(span.before(), CL.CL_PROFILING_COMMAND_END));
    }
    CL.clReleaseEvent(span.before());
    CL.clReleaseEvent(span.after());
  }

  private static long time(cl_event event, int what) {
    long[] value = new long[1];
    CL.clGetEventProfilingInfo(event, what, Long.BYTES, Pointer.to(value), null);
    return value[0];
  }
}
