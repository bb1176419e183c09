package dev.panorm.internal.backend.opencl;

import dev.panorm.kernels.KernelCatalog;
import dev.panorm.kernels.KernelProgram;
import dev.panorm.kernels.LaunchShape;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.cl_buffer_region;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_device_id;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;
import org.jocl.cl_queue_properties;
import org.jspecify.annotations.Nullable;

/**
 * Everything that lives on one device: context, in-order queue, programs, kernels, buffers.
 *
 * <p>A kernel's arguments are state, so one operation at a time sets and enqueues: {@link ClCall}
 * holds the lock. Since the queue keeps its order, memory may be used again as soon as its last use
 * has been enqueued.
 */
final class ClContext {

  private final ClDevice device;
  private final LaunchProfile profile;
  private final ReentrantLock lock = new ReentrantLock();
  private final cl_context context;
  private cl_command_queue queue;
  private final ClProgramCache programs;
  private final Map<String, cl_kernel> kernels = new HashMap<>();
  private final ClBufferPool pool;
  private long liveBuffers;
  private @Nullable ClTimings timings;

  ClContext(ClDevice device, LaunchProfile profile) {
    this.device = device;
    this.profile = profile;
    this.context = CL.clCreateContext(null, 1, new cl_device_id[] {device.id()}, null, null, null);
    this.queue = createQueue(context, device, false);
    this.programs = new ClProgramCache(context, device, ClProgramCache.folder(device));
    this.pool = new ClBufferPool(this);
  }

  @SuppressWarnings("deprecation") // the newer call does not exist before OpenCL 2.0
  private static cl_command_queue createQueue(cl_context context, ClDevice device, boolean timed) {
    long flags = timed ? CL.CL_QUEUE_PROFILING_ENABLE : 0;
    if (device.version().startsWith("OpenCL 1.")) {
      return CL.clCreateCommandQueue(context, device.id(), flags, null);
    }
    cl_queue_properties properties = new cl_queue_properties();
    if (timed) {
      properties.addProperty(CL.CL_QUEUE_PROPERTIES, flags); // PoCL refuses a list of nothing
    }
    return CL.clCreateCommandQueueWithProperties(context, device.id(), properties, null);
  }

  ClDevice device() {
    return device;
  }

  LaunchProfile profile() {
    return profile;
  }

  ReentrantLock lock() {
    return lock;
  }

  cl_command_queue queue() {
    return queue;
  }

  ClBufferPool pool() {
    return pool;
  }

  /**
   * Collects the times of every launch from now on, null to stop. Reading the device's clock takes
   * a queue that was made for it, so the queue is another then.
   */
  void time(@Nullable ClTimings collector) {
    lock.lock();
    try {
      finish();
      CL.clReleaseCommandQueue(queue);
      queue = createQueue(context, device, collector != null);
      timings = collector;
    } finally {
      lock.unlock();
    }
  }

  @Nullable ClTimings timings() {
    return timings;
  }

  /** Returns a kernel, compiled on its first use. */
  cl_kernel kernel(String program, String kernel, Map<String, Integer> options, LaunchShape shape) {
    KernelProgram source = KernelCatalog.program(program);
    String arguments = source.arguments(options, shape);
    return kernels.computeIfAbsent(
        kernel + " " + arguments,
        key -> CL.clCreateKernel(programs.get(source, arguments), kernel, null));
  }

  /** Returns a cache of programs of this context that keeps its files in a folder. */
  ClProgramCache programs(@Nullable Path folder) {
    return new ClProgramCache(context, device, folder);
  }

  /** Lays a buffer over host memory, which the device uses in place. */
  cl_mem wrap(long address, long bytes) {
    return count(
        CL.clCreateBuffer(
            context,
            CL.CL_MEM_READ_WRITE | CL.CL_MEM_USE_HOST_PTR,
            bytes,
            hostPointer(address),
            null));
  }

  /** Takes memory of the device. */
  cl_mem allocate(long bytes) {
    return count(CL.clCreateBuffer(context, CL.CL_MEM_READ_WRITE, bytes, null, null));
  }

  /** Returns a part of a buffer as a buffer of its own. */
  cl_mem part(cl_mem buffer, long from, long bytes) {
    cl_buffer_region region = new cl_buffer_region(from, bytes);
    return count(
        CL.clCreateSubBuffer(
            buffer, CL.CL_MEM_READ_WRITE, CL.CL_BUFFER_CREATE_TYPE_REGION, region, null));
  }

  void release(cl_mem buffer) {
    CL.clReleaseMemObject(buffer);
    liveBuffers--;
  }

  private cl_mem count(cl_mem buffer) {
    liveBuffers++;
    return buffer;
  }

  /** An address of the host as JOCL takes it; undocumented there, so a test watches over it. */
  static Pointer hostPointer(long address) {
    return new Pointer().withByteOffset(address);
  }

  /** Returns how many buffers there are, those that wait for reuse included. */
  long liveBuffers() {
    return liveBuffers;
  }

  /** Returns how many kernels there are. */
  long liveKernels() {
    return kernels.size();
  }

  /** Waits for everything that was enqueued. */
  void finish() {
    CL.clFinish(queue);
  }

  /** Says what an operation was doing when the driver refused. */
  ClException refused(String doing, CLException e) {
    return new ClException(
        doing + " on " + device.name() + " (" + device.platformName() + "): " + e.getMessage(), e);
  }
}
